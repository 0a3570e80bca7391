"""The recap in the shape of each chat service's webhook."""
