import pytest

from analyzers import SEPARATORS, ancestors
from search_service.engines.documents.path_tokens import directory_token, tokens_above


@pytest.mark.parametrize("path", ["/data/a/b", "a", "//a//b", r"\\server\share\a", "C:\\é/x"])
def test_directories_are_digested_on_as_each_would_be_alone(path: str) -> None:
    alone = [directory_token(above) for above in ancestors(path)]
    assert tokens_above(path, SEPARATORS) == alone
