"""From the bytes of one file to rows of text exactly as sent: decrypted, decompressed, checked and cut into records,
by the block where that is provably the same as one by one. Nothing here knows a feed or the landing tables."""
