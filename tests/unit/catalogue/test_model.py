from search_service.catalogue.lookup import entity


def test_a_path_is_held_as_a_whole_by_one_field_of_its_own() -> None:
    datafile = entity("Datafile")
    assert [field.name for field in datafile.fields if field.is_whole_path] == ["location.exact"]
