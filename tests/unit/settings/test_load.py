"""Where settings come from, what is said of wrong ones, and what is printed."""

import ipaddress
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import ValidationError

from search_service.catalogue.entities import ENTITIES, FACETABLE_BY_DEFAULT
from search_service.catalogue.lookup import fields_with_values
from search_service.masking import masked
from search_service.settings.load import SettingsRefused, load
from search_service.settings.model import Settings
from search_service.settings.values import CLUSTER_PASSWORD_VARIABLE
from search_service.settings.values import PASSWORD_VARIABLE as NO_SETTING
from search_service.sources.address import PASSWORD_VARIABLE


def refused(
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
    options: Mapping[str, object] | None = None,
) -> list[str]:
    with pytest.raises(SettingsRefused) as error:
        load(file, environment or {}, options or {})
    return error.value.complaints


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "settings.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_without_anything_the_defaults_are_in_force() -> None:
    found = load(None, {}, {})
    assert found.settings == Settings()
    assert set(found.sources.values()) == {"default"}


def test_the_password_of_the_source_is_no_setting_and_no_complaint() -> None:
    assert load(None, {PASSWORD_VARIABLE: "secret"}, {}).settings == Settings()
    assert PASSWORD_VARIABLE == NO_SETTING


def test_the_password_of_the_cluster_is_no_setting_and_no_complaint() -> None:
    assert load(None, {CLUSTER_PASSWORD_VARIABLE: "secret"}, {}).settings == Settings()


CLUSTER = {"engine": "opensearch", "opensearch_addresses": "https://a, https://b:9201/"}


def test_a_cluster_is_named_by_its_nodes() -> None:
    found = load(None, {}, CLUSTER).settings
    assert found.engine == "opensearch"
    assert found.opensearch_addresses == ("https://a", "https://b:9201")


@pytest.mark.parametrize(
    ("settings", "right"),
    [
        ({"engine": "opensearch"}, "opensearch_addresses should say where the cluster is"),
        ({"opensearch_addresses": "http://a"}, "means nothing unless engine is opensearch"),
    ],
)
def test_an_engine_and_its_addresses_are_given_together(
    settings: Mapping[str, object], right: str
) -> None:
    (complaint,) = refused(options=settings)
    assert right in complaint
    variables = {f"ICAT_SEARCH_{name.upper()}": str(value) for name, value in settings.items()}
    (complaint,) = refused(environment=variables)
    assert "(environment)" in complaint


@pytest.mark.parametrize(
    "address", ["http://me:s:e@c/ret@a:9200", "https://me@a", "me:secret@a:9200"]
)
def test_a_password_in_the_address_of_a_node_is_refused_and_not_shown(address: str) -> None:
    for written_as in (f"http://b {address}", ["http://b", address]):
        (complaint,) = refused(options={**CLUSTER, "opensearch_addresses": written_as})
        assert "write the user into opensearch_user" in complaint
        assert "secret" not in complaint
        assert "c/ret" not in complaint


OPERATORS = {"require_token": "operate", "operator_token_files": "/a"}
READERS = {"require_token": "front_ends", "read_token_files": "/a"}


@pytest.mark.parametrize(
    ("settings", "right"),
    [
        ({"require_token": "change"}, "change_token_files should name a file of tokens"),
        ({"require_token": "front_ends"}, "read_token_files should name a file of tokens"),
        (
            {**OPERATORS, "operator_addresses": ""},
            "require_token = 'operate' (command line): operator_addresses should list",
        ),
        (
            {**READERS, "allowed_addresses": ""},
            "require_token = 'front_ends' (command line): front_end_addresses or allowed_addresses",
        ),
        ({"tls_key": "/a"}, "means nothing without tls_certificate"),
        ({"tls_client_authorities": "/a"}, "means nothing without tls_certificate"),
    ],
)
def test_what_would_let_nobody_in_or_says_nothing_is_refused(
    settings: Mapping[str, object], right: str
) -> None:
    (complaint,) = refused(options=settings)
    assert right in complaint


def test_a_token_may_be_required_where_there_are_some() -> None:
    given = {**READERS, **OPERATORS, "require_token": "front_ends, operate"}
    found = load(None, {}, given).settings
    assert found.require_token == ("front_ends", "operate")


def test_front_ends_may_be_listed_by_either_setting() -> None:
    given = {**READERS, "allowed_addresses": "", "front_end_addresses": "10.0.0.0/8"}
    assert load(None, {}, given).settings.require_token == ("front_ends",)


def test_settings_of_the_other_engine_are_told() -> None:
    assert load(None, {}, {"open_writers": 4, "index_prefix": "x"}).without_effect == [
        "index_prefix"
    ]
    found = load(None, {}, {**CLUSTER, "open_writers": 4, "index_prefix": "x"})
    assert found.without_effect == ["open_writers"]


@pytest.mark.parametrize("password", ["secret", "s:e/c@r#et", "a@b"])
def test_a_password_in_the_address_of_the_source_is_refused_and_not_shown(password: str) -> None:
    (complaint,) = refused(environment={"ICAT_SEARCH_SOURCE": f"mysql://search:{password}@db/icat"})
    assert complaint.startswith(
        "ICAT_SEARCH_SOURCE = 'mysql://search:***@db/icat' (environment): write the password into"
    )


def test_a_zone_that_there_is_not_is_refused() -> None:
    (complaint,) = refused(options={"source_zone": "Europe/Rutherford"})
    assert "`Europe/Rutherford` is no time zone" in complaint


def test_the_defaults_are_those_of_the_contract() -> None:
    settings = Settings()
    assert settings.search_seconds == 5
    assert settings.facet_fields == FACETABLE_BY_DEFAULT
    assert settings.commit_seconds == 0
    assert settings.shard_ids == 50_000_000
    assert settings.matching == "people"
    assert settings.allowed_addresses == (
        ipaddress.ip_network("127.0.0.1/32"),
        ipaddress.ip_network("::1/128"),
    )


def test_each_place_is_stronger_than_the_one_before(tmp_path: Path) -> None:
    file = written(tmp_path, "port = 1\nworkers = 1\nmax_body = 1\n")
    environment = {"ICAT_SEARCH_PORT": "2", "ICAT_SEARCH_WORKERS": "2"}
    found = load(file, environment, {"port": "3"})
    settings = found.settings
    assert (settings.port, settings.workers, settings.max_body) == (3, 2, 1)
    assert found.sources["port"] == "command line"
    assert found.sources["workers"] == "environment"
    assert found.sources["max_body"] == f"file {file}"
    assert found.sources["host"] == "default"


def test_the_environment_may_name_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, "port = 7\n")
    assert load(None, {"ICAT_SEARCH_CONFIG": str(file)}, {}).settings.port == 7


def test_other_variables_of_the_environment_are_not_ours() -> None:
    assert load(None, {"PATH": "/bin", "ICAT_URL": "x"}, {}).settings == Settings()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("shard_ids_of", "Datafile=100, Dataset = 20", {"Datafile": 100, "Dataset": 20}),
        ("facet_fields", "type.name technique.name", ("type.name", "technique.name")),
        ("facet_fields", "type.name, technique.name", ("type.name", "technique.name")),
        ("allowed_addresses", "10.0.0.0/8", (ipaddress.ip_network("10.0.0.0/8"),)),
        ("allowed_addresses", "", ()),
        ("read_token_files", "/a, /b", (Path("/a"), Path("/b"))),
        ("forwarded_header", "Forwarded", "Forwarded"),
        ("allowed_hosts", "Search.example.org search", ("search.example.org", "search")),
        (
            "allowed_origins",
            "https://Portal.example.org:443/, http://a:80 http://a:8080",
            ("https://portal.example.org", "http://a", "http://a:8080"),
        ),
        ("journal_sync", "false", False),
        ("synonym_files", "", ()),
        ("commit_seconds", "0.5", 0.5),
        ("path_separators", "\\", "\\"),
    ],
)
def test_a_value_can_be_written_as_text(name: str, text: str, value: object) -> None:
    found = load(None, {f"ICAT_SEARCH_{name.upper()}": text}, {})
    assert getattr(found.settings, name) == value


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("port", "http", "integer"),
        ("port", "70000", "65535"),
        ("search_seconds", "0", "greater than 0"),
        ("search_seconds", "nan", "finite"),
        ("workers", "-1", "0"),
        ("writer_memory", "3", "15"),
        ("allowed_addresses", "10.0.0.0/8, everyone", "`everyone` is no network"),
        ("allowed_addresses", "::1/128 10.0.0.5/8", "`10.0.0.5/8` is an address within a network"),
        (
            "operator_addresses",
            "10.0.0.5/8",
            "`10.0.0.0/8` for all of that network, or `10.0.0.5/32`",
        ),
        (
            "front_end_addresses",
            "fd00::7/64",
            "write `fd00::/64` for all of that network, or `fd00::7/128`",
        ),
        ("trusted_proxies", "10.0.0.5/255.255.0.0", "write `10.0.0.0/16` for all"),
        ("trusted_proxies", "0.0.0.0/0", "would let everybody say who it is"),
        ("trusted_proxies", "::/0", "would let everybody say who it is"),
        ("forwarded_header", "X-Real-IP", "'X-Forwarded-For' or 'Forwarded'"),
        ("require_token", "write", "'front_ends', 'read', 'change', 'operate' or 'page'"),
        ("allowed_hosts", "http://a", "without a scheme or a port"),
        ("allowed_hosts", "a:8180", "without a scheme or a port"),
        ("allowed_origins", "*", "there is no sign for all"),
        ("allowed_origins", "null", "no site such as"),
        ("allowed_origins", "https://a/path", "no site such as"),
        ("allowed_origins", "portal.example.org", "no site such as"),
        ("shard_ids_of", "Datafile", "integer"),
        ("engine", "elastic", "'embedded' or 'opensearch'"),
        ("opensearch_addresses", "node-1:9200", "no address of a node such as"),
        ("opensearch_addresses", "ftp://node-1", "no address of a node such as"),
        ("opensearch_certificates", "/no/such.pem", "/no/such.pem cannot be read: No such file"),
        ("opensearch_certificates", __file__, "holds no certificates in PEM format"),
        ("index_prefix", "ICAT", "lower-case letters"),
        ("index_prefix", "-x", "a letter or digit first"),
        ("index_prefix", "a*", "lower-case letters"),
        ("opensearch_shards_of", "Datafile=0", "greater than 0"),
        ("opensearch_replicas_of", "Datafile=-1", "greater than or equal to 0"),
        ("lease_seconds", "4", "greater than or equal to 5"),
        ("shard_ids_of", "Datafile=0", "greater than 0"),
        ("matching", "fuzzy", "peer"),
        ("units", "J eV", "expected 'symbol: alias"),
        ("units", "J: eV much", "much"),
        ("units", "furlong: f", "no SI unit"),
        ("path_separators", "a", "cannot separate"),
        ("path_separators", "", "at least 1"),
        ("log_format", "xml", "text"),
        ("journal_sync", "perhaps", "boolean"),
        ("shard_ids_of", "Datafiles=5", "there is no indexed entity Datafiles; there are Inv"),
        ("shard_ids_of", "Datafile=5, Datafile=6", "there are 2 values of Datafile"),
        ("shard_ids_of", "Datafile=5, datafile=6", "there are 2 values of Datafile"),
        ("shard_ids_of", "Datafile=99999999999999999999", "9223372036854775807"),
        ("reindex_leave_out", "Datafiles", "there is no indexed entity Datafiles"),
        ("reindex_leave_out", " ".join(e.name for e in ENTITIES), "nothing would be read"),
        ("facet_fields", "nonsense.field", "there is no field nonsense.field that can be counted"),
        (
            "facet_fields",
            "type.name fileSize",
            "fileSize that can be counted by its values; there are ",
        ),
        ("facet_fields", "location", "no field location"),
        ("host", "", "should be one address or name"),
        ("host", "http://localhost", "should be one address or name"),
        ("host", "localhost:8180", "without a port"),
        ("host", "[::1]", "brackets"),
        ("allowed_addresses", "::ffff:10.0.0.0/104", "the IPv4 network that it is"),
        ("data", "", "should name a directory"),
        ("data", "a\x00b", "control characters"),
        ("data", "a\udcff", "in UTF-8"),
        ("path_separators", "/*", "* belong to the components"),
        ("path_separators", "._", ". _ belong to the components"),
        ("writer_memory", "5000", "4000"),
        ("workers", "100000", "1024"),
        ("search_seconds", "1e300", "86400"),
        ("sync_overlap_seconds", "1e300", "31536000"),
        ("part_weight", "-1", "greater than or equal to 0"),
        ("part_weight", "1e9", "1000000"),
        ("units", "J: eV 0", "'0' is no factor"),
        ("units", "J: eV -1", "'-1' is no factor"),
        ("units", "J: eV 1; J: eV 2", "'eV' is another unit already"),
        ("units", "J: s", "'s' is another unit already"),
        ("source", "mysql://icat:pa@ss/w:rd@db/icat", "source_password_file"),
        ("source", "oracle://db/?user=icat&password=pa@ss", "source_password_file"),
        ("synonym_files", "/nowhere/synonyms.txt", "/nowhere/synonyms.txt cannot be read"),
    ],
)
def test_a_wrong_value_is_named_with_what_would_be_right(name: str, value: str, said: str) -> None:
    variable = f"ICAT_SEARCH_{name.upper()}"
    (complaint,) = refused(environment={variable: value})
    assert complaint.startswith(f"{variable} = {masked(value)!r} (environment): ")
    assert said in complaint
    assert "pa@ss" not in complaint
    assert "ss/w" not in complaint


@pytest.mark.parametrize("text", ["workers = true", "part_weight = false", "synonym_files = ['/']"])
def test_a_value_of_another_kind_is_refused(text: str, tmp_path: Path) -> None:
    (complaint,) = refused(written(tmp_path, text))
    assert text.split()[0] in complaint


def test_names_of_entities_are_written_as_the_catalogue_does() -> None:
    found = load(None, {}, {"shard_ids_of": "datafile=5", "reindex_leave_out": "DATASET"}).settings
    assert found.shard_ids_of == {"Datafile": 5}
    assert found.reindex_leave_out == ("Dataset",)


def test_every_field_with_values_may_be_a_facet() -> None:
    names = " ".join(fields_with_values())
    assert load(None, {}, {"facet_fields": names}).settings.facet_fields == fields_with_values()
    assert set(FACETABLE_BY_DEFAULT) < set(fields_with_values())


def test_a_synonym_file_with_a_mistake_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "synonyms.txt"
    file.write_text("iron, fe\niron =>\n")
    (complaint,) = refused(options={"synonym_files": str(file)})
    assert f"{file}" in complaint
    assert "2" in complaint.rpartition(str(file))[2]


def test_every_complaint_is_told_at_once_with_its_source(tmp_path: Path) -> None:
    file = written(tmp_path, "prot = 1\nworkers = 'many'\n")
    complaints = refused(file, {"ICAT_SEARCH_PORTS": "1"}, {"max_body": "0"})
    assert sorted(complaint.split(":")[0] for complaint in complaints) == [
        "ICAT_SEARCH_PORTS (environment)",
        "max_body = '0' (command line)",
        f"prot (file {file})",
        f"workers = 'many' (file {file})",
    ]


@pytest.mark.parametrize(
    ("environment", "hint"),
    [
        ({"ICAT_SEARCH_PROT": "1"}, "; did you mean ICAT_SEARCH_PORT?"),
        ({"ICAT_SEARCH_ZZZ": "1"}, "there is no such setting"),
    ],
)
def test_an_unknown_name_is_told_with_the_closest(environment: dict[str, str], hint: str) -> None:
    (complaint,) = refused(environment=environment)
    assert complaint.endswith(hint)


@pytest.mark.parametrize(
    ("text", "said"), [("port = ", "not valid TOML"), (None, "cannot be read")]
)
def test_a_file_that_cannot_be_read_is_named(text: str | None, said: str, tmp_path: Path) -> None:
    file = tmp_path / "settings.toml" if text is None else written(tmp_path, text)
    (complaint,) = refused(file)
    assert str(file) in complaint
    assert said in complaint


def test_what_is_printed_gives_the_same_settings(tmp_path: Path) -> None:
    synonyms = tmp_path / 'a "quoted" name.txt'
    synonyms.write_text("iron, fe\n", encoding="utf-8")
    environment = {
        "ICAT_SEARCH_SHARD_IDS_OF": "Datafile=7",
        "ICAT_SEARCH_SYNONYM_FILES": str(synonyms),
        "ICAT_SEARCH_JOURNAL_SYNC": "no",
        "ICAT_SEARCH_ALLOWED_ADDRESSES": "10.0.0.0/8 ::1",
    }
    found = load(None, environment, {"log_format": "json"})
    again = load(written(tmp_path, found.as_toml()), {}, {})
    assert again.settings == found.settings
    assert set(tomllib.loads(found.as_toml())) == set(Settings.model_fields)


def test_what_is_printed_says_where_each_value_came_from() -> None:
    lines = load(None, {"ICAT_SEARCH_PORT": "9"}, {}).as_toml().splitlines()
    assert "port = 9  # environment" in lines
    assert "workers = 0  # default" in lines


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        Settings().port = 1
