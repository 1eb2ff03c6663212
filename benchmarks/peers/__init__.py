"""What we are compared with: other libraries, and the bare database."""
