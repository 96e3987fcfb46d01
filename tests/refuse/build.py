#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What pith image build BUILD.toml refuses, with the whole message, and beside each its accepting sibling.

A case is (GOOD, BAD, MESSAGE...): the first text builds, the second is refused with exactly these lines (None: any)
and exit code 2, or the code that stands before it, and leaves no product but what an image was made from.
Messages that begin with a number have the file's name before them.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, "tests")
sys.dont_write_bytecode = True
from tap import finish, ok  # noqa: E402

PITH = pathlib.Path("build", os.environ.get("ARCH", os.uname().machine), "pith").resolve()
IMAGE = '[[image]]\nname = "a"\nfiles = ["file"]\n'
RECIPE = '[[image]]\nname = "a"\nrecipe = "recipe.toml"\n'
INNER = IMAGE + '[[image]]\nname = "b"\nimages = ["a"]\nconfigs = ["vm.toml"]\n'
CONFIG = '[[config]]\nsource = "base.toml"\noutput = "out.toml"\n'
DEST = "accepted is a path relative to the image's root, without '..'"
NAME = "a string of 1 to 63 letters, digits and _.-, not begun with . or -"
OUTPUT = "a file's name of up to 200 bytes, without a folder, not begun with . or -"
SOURCE = "an empty source; accepted is SRC or SRC=DEST"
FILES = {
    "file": "hello\n",
    "vm.toml": 'mode = "exec"\n[[process]]\ntype = "vm"\napp = "/a.img"\n',
    "base.toml": 'mode = "exec"\n[[process]]\ntype = "vm"\napp = "a.img"\n',
    "hash.toml": 'mode = "exec"\n[[process]]\ntype = "vm"\napp = "/a.img"\napp_root_hash = "%s"\n' % ("0" * 64),
    "key.toml": 'mode = "exec"\n[[process]]\ntype = "vm"\napp = "/a.img"\napp_key = "k"\napp_min_version = 1\n',
    "wrong.toml": 'mode = "exec"\n[[process]]\ntype = "vm"\nap = "/a.img"\n',
    "elsewhere.toml": 'mode = "exec"\n[[process]]\ntype = "vm"\napp = "/b.img"\n',
    "text": 'mode = "exec\n',
    "recipe.toml": '[vars]\nv = "file"\n[[image]]\nname = "r"\nfiles = ["${v}"]\n',
    "two.toml": IMAGE + IMAGE.replace('"a"', '"b"'),
    "loop.toml": RECIPE.replace("recipe.toml", "loop.toml"),
}


def image(good, bad, *messages):
    return IMAGE + good, IMAGE + bad, *messages


def inner(good, bad, *messages):
    return INNER + good, INNER + bad, *messages


def at(key, value, what, accepted):
    return f"4:{len(key) + 4}: '{key}' in image is {what}; accepted is {accepted}"


CASES = {
    "text": [
        (IMAGE, "[[image]\n", "1:8: found ']' in a header; '.' or ']]' is accepted"),
        (IMAGE, "", "1:1: 'image' is missing in the build"),
        (IMAGE, "image = 1", "1:9: 'image' in the build is 1; accepted is at least one [[image]]"),
        (IMAGE, "image = []", "1:9: 'image' in the build is an empty array; accepted is at least one [[image]]"),
        (IMAGE, "image = [1]", "1:10: image is an integer; accepted is a table"),
        (IMAGE, IMAGE + "[imagee]", "4:2: unknown key 'imagee' in the build; did you mean 'image'?"),
        (IMAGE, IMAGE + "filess = []", "4:1: unknown key 'filess' in image; did you mean 'files'?"),
        (IMAGE, '[[image]]\nfiles = ["file"]', "1:1: 'name' is missing in image"),
        (IMAGE, '[[image]]\nname = "a"', "1:1: nothing to put into the image; give 'files', 'dirs', 'programs', "
         "'configs', 'images', 'empty' or 'recipe'"),
    ],
    "values": [
        *[(IMAGE, IMAGE.replace('"a"', bad), f"2:8: 'name' in image is {shown}; accepted is {NAME}")
          for bad, shown in (('""', '""'), ('"a b"', '"a b"'), ('"-a"', '"-a"'), ('"../a"', '"../a"'), ("1", "1"))],
        *[image('output = "o"', f'output = "{bad}"', at("output", bad, f'"{bad}"', OUTPUT))
          for bad in ("a/b", "../a", "/a", ".a", "-a")],
        image('format = "erofs"', 'format = "ext4"', at("format", 0, '"ext4"', '"squashfs", "erofs" or "cpio"')),
        image('format = "cpio"', 'format = "cpio"\nverity = true',
              "1:1: image 'a' is a cpio archive, which has no hash tree and no signature"),
        image('format = "cpio"\nverity = false', 'format = "cpio"\nkey = "key.pem"',
              "1:1: image 'a' is a cpio archive, which has no hash tree and no signature"),
        image("verity = true", "verity = 1", at("verity", 0, "1", "true or false")),
        image("verity = false", 'verity = "no"', at("verity", 0, '"no"', "true or false")),
        image('key = "key.pem"\nversion = 0', 'key = "key.pem"\nversion = -1',
              "5:11: 'version' in image is -1; accepted is an integer from 0 to 4294967295"),
        image('key = "key.pem"\nversion = 1', "version = 1", "4:11: 'version' in image without 'key'"),
        image('key = "key.pem"\npin = false', "pin = false", "4:7: 'pin' in image without 'key'"),
        image('key = "key.pem"\nverity = true', 'key = "key.pem"\nverity = false',
              "5:10: 'verity' in image is false; accepted beside 'key' is true"),
        image('sysroot = ""', "sysroot = 1", at("sysroot", 0, "1", "a string")),
        image('empty = ["x/y"]', 'empty = ["x/../y"]',
              f"4:10: the folder 'x/../y' in empty has a '..' component; {DEST}"),
        image('empty = ["x"]', 'empty = ["."]',
              f"4:10: the folder '.' in empty is the root, which only a folder (-d) can become; {DEST}"),
        image('dirs = ["dir"]', 'dirs = "dir"', at("dirs", 0, '"dir"', "an array of strings")),
        image('dirs = ["dir=d"]', "dirs = [1]", "4:9: 'dirs' in image is 1; accepted is a string"),
        image('dirs = ["dir=d"]', 'dirs = ["=d"]', f"4:9: 'dirs' in image has {SOURCE}"),
        image('dirs = ["dir=."]', 'dirs = ["dir=/d"]', f"4:9: the destination '/d' in dirs is absolute; {DEST}"),
        (IMAGE, IMAGE.replace("file\"", "file=a/../b\""),
         f"3:10: the destination 'a/../b' in files has a '..' component; {DEST}"),
        image('configs = ["base.toml=x"]', 'configs = ["base.toml=../x"]',
              f"4:12: the destination '../x' in configs has a '..' component; {DEST}"),
        image('programs = ["/bin/true"]', 'programs = ["bin/true"]',
              "4:13: 'programs' in image has a relative path; accepted is an absolute one, as the program's system "
              "has it"),
    ],
    "variables": [
        ('[vars]\nv = "file"\n' + IMAGE.replace("file\"", "${v}\""), IMAGE.replace("file\"", "${v}\""),
         "3:10: '${v}': there is no such variable in [vars]"),
        ('[vars]\nv = "e"\n' + IMAGE.replace("file\"", "fil${v}=$x\""), IMAGE.replace("file\"", "${v\""),
         "3:10: '${v': no '}' follows"),
        (IMAGE, "vars = 1\n" + IMAGE, "1:8: 'vars' in the build is 1; accepted is a table of strings"),
        (IMAGE, "[vars]\nv = 1\n" + IMAGE, "2:5: 'v' in [vars] is 1; accepted is a string"),
        (IMAGE, '[vars]\n"a b" = "1"\n' + IMAGE,
         "2:1: 'a b' in [vars] is no name of a variable; accepted are letters, digits, _ and -"),
    ],
    "relations": [
        (INNER, INNER.replace('["a"]', '["c"]'), "6:10: 'images' in image names 'c'; there is no image of that name"),
        (INNER, IMAGE + IMAGE, "4:1: image 'a' is there twice; names are unique"),
        (INNER, INNER + 'output = "a.img"', "4:1: the output 'a.img' is there twice"),
        (IMAGE + CONFIG, IMAGE + CONFIG.replace("out.toml", "a.img"), "4:1: the output 'a.img' is there twice"),
        (IMAGE + CONFIG, IMAGE + 'key = "key.pem"\n' + CONFIG.replace("out.toml", "a.img.pub"),
         "5:1: the output 'a.img.pub' is there twice"),
        (INNER, IMAGE + 'images = ["a"]', "1:1: image 'a' can never be made: 'images' leads in a circle"),
        (INNER, IMAGE + 'images = ["b"]\n[[image]]\nname = "b"\nimages = ["a"]',
         "1:1: image 'a' can never be made: 'images' leads in a circle",
         "5:1: image 'b' can never be made: 'images' leads in a circle"),
        (IMAGE + CONFIG, IMAGE + '[[config]]\nsource = "base.toml"', "4:1: 'output' is missing in config"),
        (IMAGE + CONFIG, IMAGE + '[[config]]\noutput = "o"', "4:1: 'source' is missing in config"),
    ],
    # A build.toml that an image is made by.
    "recipes": [
        (RECIPE, RECIPE.replace("recipe.toml", "none.toml"), "1:1: ./none.toml: No such file or directory"),
        (RECIPE, RECIPE.replace("recipe.toml", "two.toml"), "1:1: ./two.toml: a recipe has one [[image]]"),
        (RECIPE, RECIPE.replace("recipe.toml", "loop.toml"),
         "1:1: ./loop.toml: the image of a recipe has none itself"),
        (RECIPE, RECIPE.replace("recipe.toml", "b.toml"), "1:1: ./b.toml: the image of a recipe has none itself"),
        (RECIPE, RECIPE.replace("recipe.toml", "text"),
         "./text:1:8: this string is not closed; '\"' ends it on the same line"),
        (RECIPE, RECIPE.replace("recipe.toml", "wrong.toml"), None),
        (RECIPE, RECIPE.replace('"recipe.toml"', "1"), "3:10: 'recipe' in image is 1; accepted is a string"),
        (RECIPE, RECIPE.replace('"recipe.toml"', '""'), "3:10: 'recipe' in image is empty"),
        (RECIPE + 'files = ["file=other"]', RECIPE + 'files = ["key.pem=file"]', "1:1: 'file' is given twice in the image"),
        (RECIPE, RECIPE + 'output = "recipe.toml"', "1:1: the output ./recipe.toml would replace ./recipe.toml, from which "
         "it is built; give another folder by -o"),
        (RECIPE + 'format = "cpio"', RECIPE + 'format = "cpio"\nverity = true',
         "1:1: image 'a' is a cpio archive, which has no hash tree and no signature"),
    ],
    # Found when the files are looked at; the name of the file is the one that is wrong.
    "configurations": [
        (INNER, INNER.replace("vm.toml", "elsewhere.toml"),
         "6:11: no configuration of image 'b' has a VM with the app 'a.img'; its hash would be written nowhere"),
        (INNER, INNER.replace('configs = ["vm.toml"]', ""),
         "6:11: no configuration of image 'b' has a VM with the app 'a.img'; its hash would be written nowhere"),
        (INNER.replace('"a"]', '"a=x/a.img"]').replace("vm.toml", "base.toml=x/c.toml"),
         INNER.replace('"a"]', '"a=x/a.img"]'),
         "6:11: no configuration of image 'b' has a VM with the app 'x/a.img'; its hash would be written nowhere"),
        (IMAGE + CONFIG, IMAGE + CONFIG.replace("base.toml", "vm.toml"),
         "4:1: no VM of ./vm.toml has an image of this build as its app"),
        (INNER, INNER.replace("vm.toml", "hash.toml"),
         "./hash.toml:5:1: 'app_root_hash' in vm process: the build writes it; leave it out"),
        (INNER, INNER.replace("vm.toml", "key.toml"),
         "./key.toml:5:1: 'app_key' in vm process: the build writes it; leave it out",
         "./key.toml:6:1: 'app_min_version' in vm process: the build writes it; leave it out"),
        (INNER, INNER.replace("vm.toml", "wrong.toml"),
         "./wrong.toml:4:1: unknown key 'ap' in vm process; did you mean 'app'?"),
        (INNER, INNER.replace("vm.toml", "text"),
         "./text:1:8: this string is not closed; '\"' ends it on the same line"),
        (INNER, 125, INNER.replace("vm.toml", "none.toml"), "7:12: ./none.toml: No such file or directory"),
    ],
    "sources": [
        (IMAGE, 125, IMAGE.replace("file\"", "none\""), "3:10: ./none: No such file or directory"),
        (IMAGE, IMAGE.replace("file\"", "dir\""), "3:10: ./dir is a folder; files belong to 'files', folders to 'dirs'"),
        (IMAGE, IMAGE.replace('["file"]', '["file=x", "key.pem=x"]'), "1:1: 'x' is given twice in the image"),
        image('dirs = ["dir"]', 'dirs = ["file"]', "4:9: ./file is not a folder; files belong to 'files', folders to "
              "'dirs'"),
        (IMAGE + 'key = "key.pem"', 125, IMAGE + 'key = "file"', None),  # openssl says why
        (IMAGE, IMAGE + 'output = "file"', "1:1: the output ./file would replace ./file, from which it is built; give "
         "another folder by -o"),
        (IMAGE + CONFIG, IMAGE + CONFIG.replace("out.toml", "base.toml"),
         "4:1: the output ./base.toml would replace ./base.toml, from which it is built; give another folder by -o"),
        (IMAGE, IMAGE + 'dirs = [".=d"]', None),  # the output's folder, with its whole path
    ],
}
USAGE = [
    (["-D", "v=file"], ["-D", "w=file"], "b.toml:1:1: -D w=file: there is no variable 'w' in [vars]"),
    (["-D", "v=file"], ["-D", "v"], "image build: -D v: accepted: NAME=VALUE"),
    (["-D", "v=file"], ["-D", "=v"], "image build: -D =v: accepted: NAME=VALUE"),
    (["-D", "v=file", "-j", "1"], ["-f", "file"],
     "image build: beside b.toml accepted are -D, -o, -j and -q; what goes into images is said in it"),
    (["-D", "v=file"], ["--verity"],
     "image build: beside b.toml accepted are -D, -o, -j and -q; what goes into images is said in it"),
]


def build(folder, *options):
    run = subprocess.run([PITH, "image", "build", "-q", *options, "b.toml"], cwd=folder, capture_output=True, text=True,
                         timeout=120)
    return run.returncode, run.stderr


def products(folder, before):
    return sorted(str(path) for path in folder.rglob("*") if path not in before)


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for path, text in FILES.items():
            (folder / path).write_text(text)
        (folder / "dir").mkdir()
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", folder / "key.pem"], check=True)
        (folder / "b.toml").touch()
        before = set(folder.rglob("*"))

        def clean():
            for path in folder.rglob("*"):
                if path not in before:
                    path.unlink()

        for group, cases in CASES.items():
            for good, *rest in cases:
                code = rest.pop(0) if isinstance(rest[0], int) else 2
                bad, messages = rest[0], rest[1:]
                what = f"{group}: {messages[0] or bad.splitlines()[-1]}"
                (folder / "b.toml").write_text(good)
                got = build(folder)
                ok(got[0] == 0, f"{what}: its accepting sibling", got, good)
                clean()
                (folder / "b.toml").write_text(bad)
                got = build(folder)
                wanted = "".join(f"pith: error: {'b.toml:' * m[0].isdigit()}{m}\n" for m in messages if m)
                agrees = got[1] == wanted if wanted else got[1] != ""
                ok(got[0] == code and agrees, what, f"got    {got}", f"wanted {(code, wanted)}", bad)
                left = [path for path in products(folder, before) if not path.endswith("/a.img")]
                ok(not left, f"{what}: nothing is left", left)
                clean()
        (folder / "b.toml").write_text('[vars]\nv = "none"\n' + IMAGE.replace("file\"", "${v}\""))
        for good, bad, message in USAGE:
            ok(build(folder, *good)[0] == 0, f"{message}: its accepting sibling")
            clean()
            got = build(folder, *bad)
            ok(got == (2, f"pith: error: {message}\n"), message, got)
            ok(not products(folder, before), f"{message}: nothing is left")
        (folder / "b.toml").unlink()
        ok(build(folder) == (2, "pith: error: b.toml: No such file or directory\n"), "no such file")
        run = subprocess.run([PITH, "image", "build", "-D", "v=1", "-f", "file", "-o", "x.img"], cwd=folder,
                             capture_output=True, text=True, timeout=60)
        ok((run.returncode, run.stderr) == (2, "pith: error: image build: -D v=1 is of no use without a BUILD.toml\n"),
              "-D without a file", run)
    finish()


main()
