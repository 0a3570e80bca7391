"""The recap as an e-mail: subject, HTML, plain text and one picture."""
