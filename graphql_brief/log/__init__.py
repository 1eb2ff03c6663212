"""The log, the only truth: envelope, canonical bytes, codec, and the port with its adapters."""
