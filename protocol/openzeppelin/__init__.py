"""Observable behaviour of the OpenZeppelin 5 parts that the contracts inherit."""
