"""Search over an FAQ and manuals, plain Python: ingestion, index, lexical and dense search, fusion, confidence."""
