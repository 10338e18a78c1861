"""Finding PostgreSQL's programs, wherever the environment lies."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sql import binaries, cluster
from sql.embedded import Embedded
from sql.errors import NoServer

if TYPE_CHECKING:
    from tests.sql.conftest import Ask

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


def test_cluster_of_an_absent_version_is_refused_with_advice(own: Embedded) -> None:
    (own.cluster / "PG_VERSION").write_text("14\n")
    with pytest.raises(NoServer, match="made by PostgreSQL 14, and only version 18"):
        own.start()


@as_root
async def test_environment_under_a_private_folder_is_copied_for_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ask: Ask
) -> None:
    wheel = binaries.find(binaries.User(0, 0), None).folder.parents[1]
    private, cache = tmp_path / "private", Path(tempfile.mkdtemp(prefix="hlasno-test-"))
    private.mkdir(mode=0o700)
    shutil.copytree(wheel, private / wheel.name, symlinks=True)
    shutil.copytree(wheel.parent / f"{wheel.name}.libs", private / f"{wheel.name}.libs", symlinks=True)
    monkeypatch.syspath_prepend(private)
    monkeypatch.setattr(binaries, "CACHES", (cache / "copy",))
    cache.chmod(0o755)
    for closed in (
        private / wheel.name,
        wheel_bin := private / wheel.name / "pginstall" / "bin",
        wheel_bin / "postgres",
    ):
        closed.chmod(0o700)  # as an installation under umask 077 is
    umask = os.umask(0o077)
    try:
        user = cluster.server_user(tmp_path / "none")
        found = binaries.find(user, None)
        assert found.folder.is_relative_to(cache)
        assert binaries.find(user, None) == found  # not copied again
        assert len(list((cache / "copy").iterdir())) == 1
        with Embedded(tmp_path / "database") as embedded:
            assert await ask(embedded, "select 1") == 1
    finally:
        os.umask(umask)
        shutil.rmtree(cache)
