"""The lines of a sweep with `--since`: all that a diff adds, and nothing else."""

import pytest

from tests.chaos.written_since import UnknownCommit, added, written_since

DIFF = """\
diff --git a/services/sender/drain.py b/services/sender/drain.py
--- a/services/sender/drain.py
+++ b/services/sender/drain.py
@@ -10 +10,2 @@ class Drain:
-    old
+    new
+    @@ -1 +1 @@
@@ -30,2 +31,0 @@ def gone():
-    two
-    lines
@@ -50 +50 @@ def other():
-    a
+    b
diff --git a/shared/remanso/gone.py b/shared/remanso/gone.py
--- a/shared/remanso/gone.py
+++ /dev/null
@@ -1,2 +0,0 @@
-x
-y
"""


def test_what_a_diff_adds() -> None:
    assert added(DIFF) == [f"services/sender/drain.py:{line}" for line in (10, 11, 50)]


def test_a_commit_nobody_knows_is_named() -> None:
    with pytest.raises(UnknownCommit, match="nosuchcommit"):
        written_since("nosuchcommit")
