"""Installing, listing, checking and removing packages; hostile archives; an index on this machine."""

from __future__ import annotations

import io
import json
import shutil
import stat
import threading
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import argos_fixture
import pytest
from typer.testing import CliRunner

from pipeline.errors import UserError
from pipeline.settings import Settings
from pipeline.translate import archive, fetch, install, packages, probe
from pipeline.translate.commands import memory_app, models_app

pytest_plugins = ("argos_plugin",)
pytestmark = pytest.mark.usefixtures("home")

FOLDER = "translate-de_en-1_0"
IN_ITS_OWN_PROCESS = install.trouble


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prove packages in this process, which is faster; some tests do it in another, as users do."""
    monkeypatch.setattr(install, "trouble", lambda package: probe.main(package.location))


def tree(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def repacked(source: Path, path: Path, change: Callable[[dict[str, bytes]], dict[str, bytes] | None]) -> Path:
    """An archive with other contents: `change` is given its files by name."""
    with zipfile.ZipFile(source) as opened:
        files = {info.filename: opened.read(info) for info in opened.infolist() if not info.is_dir()}
    files = change(files) or files
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return path


def added(name: str, data: bytes = b"x") -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    return lambda files: {**files, name: data}


def without(name: str) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    return lambda files: {key: data for key, data in files.items() if not key.endswith(name)}


def replaced(name: str, data: bytes) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    return lambda files: {key: data if key.endswith(name) else old for key, old in files.items()}


def metadata(**values: object) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    def change(files: dict[str, bytes]) -> dict[str, bytes]:
        name = f"{FOLDER}/metadata.json"
        return {**files, name: json.dumps({**json.loads(files[name]), **values}).encode()}

    return change


HOSTILE = [
    (added("../evil.txt"), "leads outside"),
    (added(f"{FOLDER}/../../evil.txt"), "leads outside"),
    (added("/evil.txt"), "leads outside"),
    (added("C:/evil.txt"), "not allowed"),
    (added(f"{FOLDER}/..\\evil.txt"), "not allowed"),
    (added(f"{FOLDER}/a\nb"), "not allowed"),
    (added(f"{FOLDER}/model /x"), "leads outside"),
    (added(f"{FOLDER}/METADATA.json"), "a file twice"),
    (added("other/x"), "should hold one folder"),
    (lambda files: {name.split("/", 1)[1]: data for name, data in files.items()}, "should hold one folder"),
    (lambda files: {**files, **{f"{FOLDER}/{i}": b"" for i in range(archive.MAX_MEMBERS)}}, "more than 2,000"),
    (without("metadata.json"), "no metadata.json"),
    (replaced("metadata.json", b"{"), "no JSON"),
    (replaced("metadata.json", b"[1]"), "no JSON object"),
    (replaced("metadata.json", b"[" * 100_000), "no JSON"),
    (metadata(from_code="../x"), "does not name its languages"),
    (metadata(from_code=None), "not text"),
    (metadata(package_version="1/../../x"), "no usable package_version"),
    (metadata(type="sbd"), "only translation packages"),
    (without("sentencepiece.model"), "no tokenizer"),
    (without("model.bin"), "cannot be loaded"),
    (replaced("model.bin", b""), "cannot be loaded"),
    (replaced("sentencepiece.model", b"nonsense"), "cannot be read"),
    (lambda files: {k: v[: len(v) // 2] if k.endswith("model.bin") else v for k, v in files.items()}, "cannot be"),
]


@pytest.mark.parametrize(("change", "message"), HOSTILE)
def test_hostile_archives_leave_nothing_behind(
    archives: dict[str, Path], tmp_path: Path, home: Path, change: Callable[..., dict[str, bytes]], message: str
) -> None:
    path = repacked(archives["de"], tmp_path / "bad.argosmodel", change)
    before = tree(tmp_path)
    with pytest.raises(UserError, match=message):
        install.install(path, Settings())
    assert {name for name in tree(tmp_path) - before if not (tmp_path / name).is_dir()} == set()
    assert list(packages.argos_folder().iterdir()) == []
    assert list(packages.argos_folder().parent.iterdir()) == [packages.argos_folder()]


def special(path: Path, *, mode: int = stat.S_IFREG | 0o644, flags: int = 0) -> Path:
    """An archive with one member of a special kind."""
    info = zipfile.ZipInfo(f"{FOLDER}/link")
    info.external_attr = mode << 16
    with zipfile.ZipFile(path, "w") as made:
        made.writestr(f"{FOLDER}/metadata.json", "{}")
        made.writestr(info, "/etc/passwd")
    if flags:  # in the central directory, which is what is believed
        data = bytearray(path.read_bytes())
        data[data.rindex(b"PK\x01\x02") + 8] |= flags
        path.write_bytes(data)
    return path


def test_links_special_and_encrypted_files(tmp_path: Path) -> None:
    for mode in (stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR):
        with pytest.raises(UserError, match="a link or a special file"):
            install.install(special(tmp_path / "x.argosmodel", mode=mode | 0o777), Settings())
    with pytest.raises(UserError, match="encrypted"):
        install.install(special(tmp_path / "x.argosmodel", flags=1), Settings())


def test_oversized_archives(archives: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch, pytest.raises(UserError, match="would unpack to more"):
        patch.setattr(archive, "MAX_BYTES", 100_000)
        install.install(archives["de"], Settings())
    bomb = repacked(archives["de"], tmp_path / "b.argosmodel", added(f"{FOLDER}/zeros", bytes(50_000_000)))
    data = bytearray(bomb.read_bytes())  # the directory states ten bytes for fifty million
    at = data.rindex(f"{FOLDER}/zeros".encode()) - 46
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    bomb.write_bytes(data)
    with pytest.raises(UserError, match="damaged"):
        install.install(bomb, Settings())
    assert list(packages.argos_folder().iterdir()) == []


@pytest.mark.parametrize("share", [0.0, 0.2, 0.9, 0.999])
def test_truncated_archives(archives: dict[str, Path], tmp_path: Path, share: float) -> None:
    data = archives["de"].read_bytes()
    (path := tmp_path / "t.argosmodel").write_bytes(data[: int(len(data) * share)])
    with pytest.raises(UserError, match="damaged"):
        install.install(path, Settings())


def test_a_flipped_bit(archives: dict[str, Path], tmp_path: Path) -> None:
    data = bytearray(archives["de"].read_bytes())
    data[len(data) // 2] ^= 1
    (path := tmp_path / "f.argosmodel").write_bytes(data)
    with pytest.raises(UserError, match="damaged"):
        install.install(path, Settings())


def test_a_model_that_crashes_the_process_is_refused(
    archives: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install, "trouble", IN_ITS_OWN_PROCESS)
    monkeypatch.setattr(install.sys, "executable", "false")
    with pytest.raises(UserError, match="loading it crashes"):
        install.install(archives["de"], Settings())
    assert list(packages.argos_folder().iterdir()) == []


def test_install_replaces_and_remove_removes(archives: dict[str, Path], tmp_path: Path) -> None:
    made = install.install(archives["de"], Settings())[0]
    assert made.location == packages.argos_folder() / FOLDER
    newer = argos_fixture.build(tmp_path / "n.argosmodel", argos_fixture.GERMAN, version="1.1")
    install.install(newer, Settings())
    install.install(newer, Settings())
    install.install(archives["zh"], Settings())
    found, problems = packages.installed(Settings())
    assert [package.name for package in found] == ["argos de-en 1.1", "argos zh-en 1.0"]
    assert problems == []
    assert [package.name for package in install.remove("de", "en", Settings())] == ["argos de-en 1.1"]
    assert [package.name for package in packages.installed(Settings())[0]] == ["argos zh-en 1.0"]
    with pytest.raises(UserError, match="No package de-en"):
        install.remove("de", "en", Settings())


def test_a_failed_install_keeps_what_was_there(archives: dict[str, Path], tmp_path: Path) -> None:
    install.install(archives["de"], Settings())
    before = tree(packages.argos_folder())
    for change in (replaced("model.bin", b""), metadata(package_version="2.0")):
        bad = repacked(
            archives["de"], tmp_path / "b.argosmodel", lambda f, c=change: without("sentencepiece.model")(c(f))
        )
        with pytest.raises(UserError):
            install.install(bad, Settings())
    assert tree(packages.argos_folder()) == before


def test_a_rename_that_fails_puts_the_old_package_back(
    archives: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = install.install(archives["de"], Settings())[0].location
    rename = Path.rename

    def failing(self: Path, target: Path) -> Path:
        if target == made and not self.name.startswith("old-"):
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(UserError, match="No space left"):
        install.install(archives["de"], Settings())
    assert [package.location for package in packages.installed(Settings())[0]] == [made]


def test_folders(archives: dict[str, Path], models: Path, tmp_path: Path) -> None:
    (source := tmp_path / "all").mkdir()
    for path in archives.values():
        shutil.copy(path, source)
    target = Settings(models=tmp_path / "own")
    assert [package.name for package in install.install(source, target)] == ["argos de-en 1.0", "argos zh-en 1.0"]
    assert install.install(models / FOLDER, target)[0].location == tmp_path / "own" / FOLDER
    assert (models / FOLDER / "metadata.json").exists()
    (empty := tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="holds no"):
        install.install(empty, target)
    with pytest.raises(UserError, match="does not exist"):
        install.install(tmp_path / "no", target)
    linked = shutil.copytree(models / FOLDER, tmp_path / "linked")
    (linked / "secret").symlink_to("/etc/passwd")
    with pytest.raises(UserError, match="a link or a special file"):
        install.install(linked, target)


def test_archives_are_unpacked_into_the_cache_once(archives: dict[str, Path], home: Path) -> None:
    package = packages.read(archives["de"])
    folder = install.unpacked(package)
    assert folder.is_relative_to(home / "cache")
    stamp = (folder / "metadata.json").stat().st_mtime_ns
    assert install.unpacked(package) == folder
    assert (folder / "metadata.json").stat().st_mtime_ns == stamp


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"ARGOS_PACKAGES_DIR": "/p"}, "/p"),
        ({"XDG_DATA_HOME": "/d", "XDG_CONFIG_HOME": "/none"}, "/d/argos-translate/packages"),
        ({"SNAP": "/s", "SNAP_USER_DATA": "/u"}, "/u/.local/share/argos-translate/packages"),
    ],
)
def test_argos_own_folder(environment: dict[str, str], folder: str) -> None:
    assert packages.argos_folder(environment) == Path(folder)


def test_argos_own_settings_file(home: Path) -> None:
    settings = home / "config" / "argos-translate" / "settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text('{"ARGOS_PACKAGES_DIR": "/elsewhere"}')
    assert packages.argos_folder() == Path("/elsewhere")
    for broken in ("[1]", "{", '{"ARGOS_PACKAGES_DIR": 5}'):
        settings.write_text(broken)
        assert packages.argos_folder() == home / "data" / "argos-translate" / "packages"


class Index:
    """A web server on this machine with an index and files. `requests` holds what it sent, and from which byte on."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.requests: list[tuple[str, int]] = []
        self.cut: dict[str, int] = {}  # break off after so many bytes, once
        self.ranges = True
        self.tag = '"one"'
        self.redirects: dict[str, str] = {}
        index = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path in index.redirects:
                    self.send_response(302)
                    self.send_header("Location", index.redirects[self.path])
                    self.end_headers()
                    return
                data = index.files.get(self.path)
                if data is None:
                    self.send_error(404)
                    return
                start = 0
                asked = self.headers.get("Range", "")
                if asked and index.ranges and self.headers.get("If-Range") == index.tag:
                    start = int(asked.removeprefix("bytes=").removesuffix("-"))
                    if start >= len(data):
                        self.send_error(416)
                        return
                index.requests.append((self.path, start))
                self.send_response(206 if start else 200)
                if start:
                    self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
                self.send_header("Content-Length", str(len(data) - start))
                self.send_header("ETag", index.tag)
                self.end_headers()
                self.wfile.write(data[start : index.cut.pop(self.path, None)])

            def log_message(self, *arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/"

    def offer(self, name: str, data: bytes, **values: object) -> None:
        self.files[f"/{name}"] = data
        entries = json.loads(self.files.get("/index.json", b"[]"))
        entries.append({"type": "translate", "package_version": "1.0", "links": [name], **values})
        self.files["/index.json"] = json.dumps(entries).encode()


@pytest.fixture
def index(archives: dict[str, Path]) -> Iterator[Index]:
    index = Index()
    thread = threading.Thread(target=index.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    index.offer("de.argosmodel", archives["de"].read_bytes(), from_code="de", to_code="en")
    index.offer("zh.argosmodel", archives["zh"].read_bytes(), from_code="zh", to_code="en", sha256="0" * 64)
    index.offer("old.argosmodel", b"", from_code="de", to_code="en", package_version="0.9")
    yield index
    index.server.shutdown()
    thread.join()
    index.server.server_close()


def invoke(*arguments: str, app: object = models_app) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command; a user's error as `main` prints it."""
    result = CliRunner().invoke(app, list(arguments))  # type: ignore[arg-type]
    if isinstance(result.exception, UserError):
        return result.exception.exit_code, result.stdout, f"{result.stderr}{result.exception}"
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def test_install_from_an_index(index: Index, archives: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "trouble", IN_ITS_OWN_PROCESS)
    code, out, err = invoke("install", "de", "en", "--index", index.address)
    size = archives["de"].stat().st_size
    assert (code, out) == (0, f"Installed argos de-en 1.0 in {packages.argos_folder() / FOLDER}\n")
    assert f"{index.address}de.argosmodel: {size / 1e6:,.1f} MB" in err
    assert list((install.cache_folder() / "downloads").iterdir()) == []
    assert invoke("list")[1].splitlines()[1].startswith("argos de-en 1.0  German  English")
    assert invoke("check")[1].startswith("argos de-en 1.0: ok")
    assert invoke("remove", "de")[0] == 0
    assert invoke("list")[1].startswith("No package is there.")


def test_the_index_in_argos_own_variable(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARGOS_PACKAGE_INDEX", index.address)
    assert invoke("install", "de", "en", "--json")[0] == 0


def test_install_from_an_address_with_its_checksum(index: Index, archives: dict[str, Path]) -> None:
    digest = install.sha256(archives["de"])
    assert invoke("install", index.address + "de.argosmodel", "--sha256", digest.upper())[0] == 0
    code, _, err = invoke("install", index.address + "de.argosmodel", "--sha256", "1" * 64)
    assert code == 2
    assert "SHA-256 differs" in err


def test_a_wrong_checksum_installs_nothing(index: Index) -> None:
    code, _, err = invoke("install", "zh", "en", "--index", index.address)
    assert code == 2
    assert "SHA-256 differs" in err
    assert not packages.argos_folder().exists()
    assert [p.suffix for p in (install.cache_folder() / "downloads").iterdir()] in ([], [".json"])


def test_a_download_goes_on_where_it_broke_off(index: Index) -> None:
    index.cut["/de.argosmodel"] = 50_000
    code, _, err = invoke("install", "de", "en", "--index", index.address)
    assert code == 2
    assert "broke off at 50,000 of" in err
    assert not packages.argos_folder().exists()
    assert invoke("install", "de", "en", "--index", index.address)[0] == 0
    assert [start for path, start in index.requests if path == "/de.argosmodel"] == [0, 50_000]


@pytest.mark.parametrize("change", ["another file", "no ranges", "shorter"])
def test_a_download_begins_again_where_it_cannot_go_on(index: Index, change: str) -> None:
    index.cut["/de.argosmodel"] = 50_000
    invoke("install", "de", "en", "--index", index.address)
    if change == "another file":
        index.tag = '"two"'
    elif change == "no ranges":
        index.ranges = False
    else:
        part = next((install.cache_folder() / "downloads").glob("*.part"))
        part.write_bytes(bytes(len(index.files["/de.argosmodel"]) + 5))
    assert invoke("install", "de", "en", "--index", index.address)[0] == 0


def test_what_goes_wrong_is_said_in_a_sentence(index: Index) -> None:
    closed = "http://127.0.0.1:9/"
    for arguments, message in [
        (("xx", "en", "--index", index.address), "has nothing from xx"),
        (("de", "fr", "--index", index.address), "from de it has en"),
        (("de", "en", "--index", closed), "cannot be reached"),
        (("de", "en", "--index", index.address + "nowhere"), "answers 404"),
        (("de", "en", "--index", index.address + "de.argosmodel.json"), "answers 404"),
        (("de", "en", "--index", "ftp://x/"), "no address that starts with"),
        ((index.address + "none.argosmodel",), "answers 404"),
        (("de",), "a pair takes two languages"),
        (("none.argosmodel",), "does not exist"),
        (("?", "en"), "not a language tag"),
    ]:
        code, out, err = invoke("install", *arguments)
        assert (code, out) == (2, "")
        assert message in err


@pytest.mark.parametrize("content", [b"{", b"{}", b"\xff", b"[" * 100_000])
def test_a_broken_index(index: Index, content: bytes) -> None:
    index.files["/index.json"] = content
    with pytest.raises(UserError, match="no JSON list"):
        fetch.offers(fetch.index_address(index.address))


def test_strange_entries_of_an_index_are_passed_over(index: Index) -> None:
    entries = [None, 5, {}, {"from_code": 5, "to_code": "en", "links": ["x"]}, {"from_code": "de", "to_code": "en"},
               {"from_code": "de", "to_code": "en", "links": ["ipfs://x", "file:///etc/passwd", 5]}]  # fmt: skip
    index.files["/index.json"] = json.dumps(entries).encode()
    assert fetch.offers(index.address + "index.json") == []


def test_redirects_stay_on_the_web(index: Index) -> None:
    index.redirects["/moved.argosmodel"] = "/de.argosmodel"
    assert invoke("install", index.address + "moved.argosmodel")[0] == 0
    index.redirects["/moved.argosmodel"] = "file:///etc/passwd"
    assert "is not allowed" in invoke("install", index.address + "moved.argosmodel")[2]
    request = fetch.urllib.request.Request("https://example.org/")
    with pytest.raises(OSError, match="not safe"):
        fetch._Redirects().redirect_request(request, io.BytesIO(), 302, "", fetch.HTTPMessage(), "http://example.org/")


def test_a_second_link_is_tried(index: Index) -> None:
    index.offer("fr.argosmodel", b"", from_code="fr", to_code="en")
    path = fetch.fetch([index.address + "none", index.address + "de.argosmodel"])
    assert path.read_bytes() == index.files["/de.argosmodel"]


def test_a_download_that_is_too_large_is_not_begun(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_BYTES", 1000)
    assert "is not downloaded" in invoke("install", "de", "en", "--index", index.address)[2]


def test_list_as_json_with_what_is_needed(archives: dict[str, Path], home: Path) -> None:
    invoke("install", str(archives["zh"]))
    (packages.argos_folder() / "broken").mkdir()
    (packages.argos_folder() / "broken" / "metadata.json").write_text("{")
    code, out, _ = invoke("list", "--json", "--for", "zh-TW", "--for", "de", "--for", "en")
    made = json.loads(out)
    assert code == 0
    assert [need["through"] for need in made["needs"]] == ["", "English already", "argos zh-en 1.0"]
    assert made["needs"][0]["install"] == "parallax models install de en"
    assert len(made["problems"]) == 1
    assert invoke("check")[0] == 1


def test_list_says_what_sources_need(tmp_path: Path) -> None:
    (folder := tmp_path / "sources").mkdir()
    (folder / "a.txt").write_text("Die Stadt baut heute eine neue Brücke über den Fluss, sagt der Sprecher.\n" * 3)
    (folder / "b.txt").write_text("市長說，今天城市在河上建造一座新的橋樑，給所有的人。\n" * 3, encoding="utf-8")
    out = invoke("list", str(folder))[1].splitlines()
    assert out[1:] == [
        "de: no package; parallax models install de en",
        "zh-Hant: no package; parallax models install zh en",
    ]


def test_check_finds_a_broken_model(archives: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "trouble", IN_ITS_OWN_PROCESS)
    made = install.install(archives["de"], Settings())[0]
    (made.location / "model" / "model.bin").write_bytes(b"")
    code, out, _ = invoke("check", "--json")
    assert code == 1
    assert "cannot be loaded" in json.loads(out)["packages"][0]["problem"]


def test_memory_commands(tmp_path: Path, home: Path) -> None:
    (source := tmp_path / "m.tsv").write_text(
        "source_language\ttarget_language\tsource\ttarget\nde\ten\tZug\ttrain\nzh-TW\ten\t橋\tbridge\n",
        encoding="utf-8",
    )
    assert invoke("import", str(source), app=memory_app)[1] == f"{source}: 2 translations added\n"
    assert "zh-Hant-TW-en  human  1" in invoke("info", app=memory_app)[1]
    assert json.loads(invoke("info", "--json", app=memory_app)[1])["memory"] == str(
        home / "data/parallax/memory.sqlite"
    )
    code, out, _ = invoke("export", str(tmp_path / "out.tmx"), app=memory_app)
    assert (code, out) == (0, f"{tmp_path / 'out.tmx'}: 2 translations written\n")
    code, _, err = invoke("export", str(tmp_path / "out.doc"), app=memory_app)
    assert (code, "ends in .tmx or .tsv" in err) == (2, True)
    other = str(tmp_path / "other.sqlite")
    assert invoke("info", "--memory", other, app=memory_app)[1] == f"{other}\nIt is empty.\n"
