"""The page of `recap demo`: a workspace in the browser, with the real app behind it."""
