"""The engines: real EVMs behind one small interface, and their ABI codec."""
