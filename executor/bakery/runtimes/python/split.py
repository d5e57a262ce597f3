# Splits what a manager lists (/tmp/packages.txt) into /tmp/requirements.txt and /tmp/local.txt. A package that is a
# folder of the repository, `-e ./lib` or `lib @ file:///app/lib`, has to wait for the sources, and has no hash, which
# pip then wants of none in the same file.
#
# With an argument, a version of Python such as 3.12, conditions on the version ("markers") are decided for it: a
# project that refuses the Python that is here lists its packages under the condition that it is another one.
import re
import sys

from pip._vendor.packaging.markers import Marker

python = sys.argv[1] if len(sys.argv) > 1 else None
local = re.compile(r"-e |\.{0,2}/|\S+ @ file:")
condition = re.compile(r"\s+;\s+(.+?)(\s*\\)?$")

keep = True
with open("/tmp/packages.txt") as packages, open("/tmp/requirements.txt", "w") as remote, open("/tmp/local.txt", "w") as folders:
    for line in packages:
        line = line.rstrip("\n")
        if line[:1] not in ("", " ", "#"):  # the lines below one are its hashes
            found, keep = condition.search(line), True
            if python and found:
                keep = Marker(found[1]).evaluate({"python_version": python, "python_full_version": python + ".0"})
                line = line[: found.start()] + (found[2] or "")
        if keep:
            print(line, file=folders if local.match(line) else remote)
