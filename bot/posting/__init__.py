"""Ways out: each module speaks one service's protocol and implements a port."""
