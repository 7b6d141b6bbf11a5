"""Files of a company to FAQ entries, documents and passages; what could not be read is a `Problem`."""

from retrieval.ingest.faq import read_faq
from retrieval.ingest.manuals import read_manual, read_manuals
from retrieval.ingest.problems import Problem, UnreadableFileError

__all__ = ["Problem", "UnreadableFileError", "read_faq", "read_manual", "read_manuals"]
