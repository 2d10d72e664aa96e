"""Why a search finds a document or not, as any engine says it; one file for each module."""
