"""What the commands write: a file is replaced by a whole one, or left as it was."""

import os
import threading

import pytest

from exchange.app.accounting.commands import written_whole


def names(folder):
    return sorted(one.name for one in folder.iterdir())


class TestWrittenWhole:
    @pytest.mark.parametrize("wrong", [KeyboardInterrupt, RuntimeError])
    def test_leaves_a_file_as_it_was_where_something_goes_wrong(self, tmp_path, wrong):
        file = tmp_path / "books"
        file.write_text("before")
        with pytest.raises(wrong), written_whole(file) as opened:
            opened.write("half")
            opened.flush()
            raise wrong
        assert (file.read_text(), names(tmp_path)) == ("before", ["books"])

    def test_leaves_nothing_where_there_was_nothing(self, tmp_path):
        with pytest.raises(KeyboardInterrupt), written_whole(tmp_path / "books"):
            raise KeyboardInterrupt
        assert names(tmp_path) == []

    def test_replaces_what_a_link_leads_to(self, tmp_path):
        (tmp_path / "kept").write_text("before")
        (tmp_path / "link").symlink_to(tmp_path / "kept")
        with written_whole(tmp_path / "link") as opened:
            opened.write("after")
        assert (tmp_path / "link").is_symlink()
        assert ((tmp_path / "kept").read_text(), names(tmp_path)) == ("after", ["kept", "link"])

    def test_writes_to_a_pipe_as_it_is(self, tmp_path):
        pipe, read = tmp_path / "pipe", list[str]()
        os.mkfifo(pipe)
        reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
        reader.start()
        with written_whole(pipe) as opened:
            opened.write("through")
        reader.join(timeout=10)
        assert (read, names(tmp_path)) == (["through"], ["pipe"])
