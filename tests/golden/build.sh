#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pith image build BUILD.toml: images inside images, each level's hash in the level above; the same input
# gives the same bytes, and one byte more or less in the innermost app changes exactly the chain above it.
. tests/tap.sh
cd "$WORK" || exit 1
umask 022

mkdir src
openssl genpkey -algorithm ed25519 -out src/key.pem
openssl pkey -in src/key.pem -pubout -out key.pub
for app in inner other signed free plain; do
	{
		echo "the app $app"
		seq 5000
	} >"src/$app"
	printf 'mode = "exec"\n[[process]]\ntype = "shell"\nargv = ["/app/app"]\n' >"src/$app.toml"
done
# Four ways to write it: a table, an inline table, a path below, one that the mounted image has.
cat >src/middle.toml <<'END'
mode = "manage"
# a comment: app = "inner.img"
[[process]]
type = "vm"
append = "ünï" # kept
	app = "/inner.img"
ram_mb = 64

[[process]]
type = "vm"
app = "./deep/other.img"
END
cat >src/outer.toml <<'END'
mode = "manage"
process = [
  { type = "vm", append = "ünï", "app" = '/app/middle.img', name = "a" },
  { name = "s", app = "signed.img", type = "vm" }, { type = "vm", app = "/opt/opensut/app/free.img" },
  { type = "shell", command = "true" }, { type = "vm", app = "/somewhere/else.img" },
]
END
printf 'mode = "exec"\r\n[[process]]\r\ntype = "vm"\r\napp = "outer.img"\r\n' >src/base.toml
printf 'mode = "exec"\n[[process]]\ntype = "vm"\napp = "plain.img"' >src/plain-base.toml
cat >src/build.toml <<'END'
[vars]
flavour = "inner"
[[image]]
name = "outer"
images = ["middle", "signed", "free"]
configs = ["outer.toml"]
[[image]]
name = "middle"
images = ["inner", "other=deep/other.img"]
configs = ["middle.toml"]
[[image]]
name = "inner"
files = ["${flavour}=app"]
configs = ["inner.toml"]
empty = ["proc", "a/b"]
[[image]]
name = "other"
files = ["other=app"]
configs = ["other.toml=runner.toml"]
format = "erofs"
[[image]]
name = "signed"
files = ["signed=app"]
configs = ["signed.toml"]
key = "key.pem"
version = 7
[[image]]
name = "free"
files = ["free=app"]
key = "key.pem"
pin = false
[[image]]
name = "plain"
output = "plain.img"
files = ["plain=app"]
verity = false
[[config]]
source = "base.toml"
output = "base.toml"
[[config]]
source = "plain-base.toml"
output = "plain.toml"
END
build() { # build FOLDER [OPTION...]: prints what pith prints, the folder left out
	local out=$1
	shift
	"$PITH" image build -q "$@" -o "$out" src/build.toml | sed "s|  $out/|  |"
}
first=$(build out)
is "$(awk '{ print $2 }' <<<"$first" | xargs)" \
	'inner.img other.img signed.img free.img plain.img middle.img outer.img signed.img.pub free.img.pub base.toml plain.toml' \
	'every product, what goes into another before it'
is "$(cd out && sha256sum -c --quiet <<<"$first" 2>&1)" '' 'with the SHA-256 that it has'
is "$(ls -A out)" "$(awk '{ print $2 }' <<<"$first" | sort)" 'and nothing else'

# The hashes.
root() { "$PITH" image show --json "out/$1.img" | jq -r .root_hash; }
from() { # from IMAGE PATH: a file inside an image of squashfs
	unsquashfs -cat "out/$1.img" "$2"
}
middle=$(from middle runner.toml)
like "$middle" "^	*app_root_hash = \"$(root inner)\"$" 'the root hash of the innermost is in the level above'
like "$middle" "^app_root_hash = \"$(root other)\"$" 'that of its neighbour too'
is "$(from outer runner.toml)" "$(sed -e "s|\"app\" =|app_root_hash = \"$(root middle)\", &|" \
	-e "s|app = \"signed|app_root_hash = \"$(root signed)\", app_key = \"signed.img.pub\", app_name = \"signed\", app_min_version = 7, &|" \
	-e "s|app = \"/opt/opensut/app/free|app_key = \"/opt/opensut/app/free.img.pub\", app_name = \"free\", &|" src/outer.toml)" \
	'in inline tables, with keys and versions, or keys alone; nothing else changes'
is "$(cat out/base.toml)" "$(sed "s|^app = |app_root_hash = \"$(root outer)\"\n&|" src/base.toml)" 'the outermost configuration has the hash of the outermost image'
like "$(cat out/plain.toml)" "^app_sha256 = \"$(sha256sum <out/plain.img | cut -d ' ' -f 1)\"$" 'an image without a tree: its SHA-256'
for config in base plain; do
	"$PITH" check "out/$config.toml"
	ok $? "$config.toml is valid"
done
is "$(cat out/signed.img.pub)" "$(cat key.pub)" 'the public key is as openssl writes it'
is "$(from outer signed.img.pub)" "$(cat key.pub)" 'and is in the level above'
"$PITH" image verify --key key.pub --name signed --min-version 7 out/signed.img >/dev/null
ok $? 'a signed image verifies'
from outer middle.img | cmp - out/middle.img
ok $? 'an inner image is there byte for byte'
like "$(unsquashfs -lln out/inner.img | awk '{ print $1, $NF }')" '^drwxr-xr-x squashfs-root/a/b$' 'an empty folder is there'

# The same input, the same bytes.
is "$(build out)" "$first" 'again in the same place: the same'
touch src/* && is "$(cd / && cp -a "$WORK/src" "$WORK/copied" && umask 077 && "$PITH" image build -j 1 -q -o "$WORK/again" "$WORK/copied/build.toml" | sed "s|  $WORK/again/|  |")" \
	"$first" 'other times, folder, umask, one processor: the same'
is "$(cd copied && "$PITH" image build -q -o ../again build.toml | sed 's|  ../again/|  |')" "$first" 'from its own folder: the same'

# One byte.
changed() { # changed: which products are not as they were, now
	local now
	now=$(build out)
	comm -13 <(sort <<<"$first") <(sort <<<"$now") | awk '{ print $2 }' | sort | xargs
}
printf X | dd of=src/inner bs=1 seek=10 conv=notrunc status=none
is "$(changed)" 'base.toml inner.img middle.img outer.img' 'a byte of the innermost app: it, all levels above, and no other'
first=$(build out)
printf X | dd of=src/signed bs=1 seek=10 conv=notrunc status=none
is "$(changed)" 'base.toml outer.img signed.img' 'a byte of a signed app: likewise'
first=$(build out)
printf X | dd of=src/plain bs=1 seek=10 conv=notrunc status=none
is "$(changed)" 'plain.img plain.toml' 'a byte of another chain: that one'
first=$(build out)
is "$(build out -D flavour=other | comm -13 <(sort <<<"$first") <(sort) | awk '{ print $2 }' | sort | xargs)" 'base.toml inner.img middle.img outer.img' \
	'a variable from the command line: the same chain'
printf '# a comment\n' >>src/base.toml
is "$(changed)" base.toml 'the outermost configuration: itself alone'

# A recipe: what its image lists, by the recipe's paths, variables and format, and nothing else of it.
mkdir -p recipes/kit
echo kit >recipes/kit/tool
printf 'mode = "exec"\n[[process]]\ntype = "vm"\napp = "/b.img"\n' >recipes/kit/run.toml
cat >recipes/kit/recipe.toml <<'END'
[vars]
tool = "none"
[[image]]
name = "kit"
output = "kit.img"
format = "erofs"
files = ["${tool}=bin/tool"]
configs = ["run.toml"]
empty = ["proc"]
verity = false
[[config]]
source = "nowhere.toml"
output = "kit.toml"
END
cat >recipes/build.toml <<'END'
[vars]
app = "none"
[[image]]
name = "a"
recipe = "kit/recipe.toml"
format = "squashfs"
files = ["${app}=app"]
images = ["b"]
[[image]]
name = "b"
recipe = "kit/recipe.toml"
END
is "$("$PITH" image build -q -o out -D tool=tool -D app=../src/other recipes/build.toml | awk '{ print $2 }' | xargs)" 'out/b.img out/a.img' \
	'images by a recipe'
is "$("$PITH" image show --json out/a.img | jq -r '[.type, .verity] | @sh') $("$PITH" image show --json out/b.img | jq -r '[.type, .verity] | @sh')" \
	"'squashfs' true 'erofs' true" 'the format is that of the recipe unless another is given, the tree their own'
is "$(from a bin/tool)" kit 'a file of the recipe, which is relative to it'
from a app | cmp - src/other
ok $? '... beside the own'
like "$(unsquashfs -lln out/a.img | awk '{ print $NF }')" '^squashfs-root/proc$' '... an empty folder of it'
like "$(from a runner.toml)" "^app_root_hash = \"$(root b)\"$" 'a hash is written into a configuration of the recipe'
printf '[[image]]\nname = "c"\nfiles = ["src/inner=deep/app"]\nformat = "cpio"\n' >cpio.toml
is "$("$PITH" image build -q -o out cpio.toml | sed 's/^.*  //')" out/c.img 'an initramfs'
is "$(cpio -it --quiet <out/c.img | xargs)" 'deep deep/app' '... holds what is listed'

# An interrupted build leaves whole products only.
"$PITH" image build -q -o killed src/build.toml >/dev/null &
pid=$!
until [ -e killed/inner.img ] || ! kill -0 "$pid" 2>/dev/null; do sleep 0.01; done
kill -TERM "$pid"
wait "$pid" 2>/dev/null
is "$(find killed -name '.*' -mindepth 1)" '' 'nothing half-made is left by SIGTERM'
for image in killed/*.img; do
	cmp "$image" "out/${image#*/}"
	ok $? "${image#*/} is whole"
done
finish
