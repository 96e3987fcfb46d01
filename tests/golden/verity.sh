#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Hash trees: byte for byte those of veritysetup(8), each accepting the other's; images with a tree are
# reproducible too.
. tests/tap.sh
cd "$WORK" || exit 1
uuid=00000000-0000-0000-0000-000000000000

# Trees of all shapes: 0 to 3 levels, full and nearly empty blocks of digests, salts of any length.
head -c $((16600 * 4096)) /dev/urandom >random
for case in 1:32 2:32 127:32 128:0 129:1 130:64 16384:32 16385:256 16600:55; do
	blocks=${case%:*} salt_bytes=${case#*:}
	salt=$(head -c "$salt_bytes" /dev/urandom | od -An -v -tx1 | tr -d ' \n')
	head -c $((blocks * 4096)) random >ours
	cp ours theirs
	root=$("$TOOLS/verity-tree" build ours "$blocks" "$salt" 0)
	their_root=$(veritysetup format --data-blocks="$blocks" --hash-offset=$((blocks * 4096)) --salt="${salt:--}" \
		--uuid=$uuid theirs theirs 2>&1 | awk '/^Root hash:/ { print $3 }')
	is "$root" "$their_root" "$blocks blocks, $salt_bytes bytes of salt: the root hash of veritysetup"
	truncate -s '%4096' theirs # it ends the file behind the superblock when there is no tree
	cmp ours theirs >/dev/null
	ok $? "$blocks blocks: the same bytes"
	"$TOOLS/verity-tree" build ours "$blocks" "$salt" 3 >/dev/null
	cmp ours theirs >/dev/null
	ok $? "$blocks blocks: the same bytes with 3 threads"
	veritysetup verify --hash-offset=$((blocks * 4096)) ours ours "$root" 2>/dev/null
	ok $? "$blocks blocks: veritysetup verifies ours"
	"$PITH" image verify --any-uuid --root-hash "$root" theirs >/dev/null
	ok $? "$blocks blocks: pith verifies theirs"
	"$PITH" image verify --root-hash "$root" theirs >/dev/null 2>&1
	is $? 125 "$blocks blocks: but not with a UUID of theirs"
done

# Images.
mkdir -p src/folder
head -c 700000 /dev/urandom >src/folder/random
yes | head -c 3000000 >src/yes
ln -s yes src/link
chmod 0555 src/folder
cp -a src copy
touch copy/yes copy
for format in squashfs erofs; do
	out=$("$PITH" image build -d src=. --verity --format $format -o a.img)
	root=$(awk '$1 == "root_hash" { print $2 }' <<<"$out")
	data=$(awk '$1 == "data_bytes" { print $2 }' <<<"$out")
	is "$(head -n 1 <<<"$out")" "$(sha256sum a.img)" "$format: the first line is that of sha256sum(1)"
	is "$("$PITH" image build -d copy=. --verity --format $format -j 1 -o a.img)" "$out" "$format: other times, one processor: the same"
	is "$(ls -A)" "$(printf '%s\n' a.img copy ours random src theirs)" "$format: nothing else is left"
	chmod 0755 src/folder
	"$PITH" image build -d src=. --verity --format $format -o b.img >/dev/null
	chmod 0555 src/folder
	[ "$(sha256sum <a.img)" != "$(sha256sum <b.img)" ]
	ok $? "$format: another mode, another image"
	rm b.img
	veritysetup verify --hash-offset="$data" a.img a.img "$root" 2>/dev/null
	ok $? "$format: veritysetup verifies it"
	is "$("$PITH" image verify --root-hash "$root" a.img)" "a.img: verified: root hash $root" "$format: pith verifies it"
	is "$("$PITH" image verify --root-hash "${root^^}" a.img)" "a.img: verified: root hash $root" "$format: also with capital digits"
	"$PITH" image build -d src=. --format $format -o plain.img >/dev/null
	head -c "$data" a.img | cmp - plain.img
	ok $? "$format: the data is the image without a tree"
	"$PITH" image build -d src=. --verity --salt '' --format $format -o salted.img >/dev/null
	is "$("$PITH" image show salted.img | awk '$1 == "salt" { print $2 }')" - "$format: an empty salt"
	"$PITH" image verify salted.img >/dev/null 2>&1
	ok $? "$format: is consistent"
	rm salted.img plain.img
	shown=$("$PITH" image show --json a.img)
	is "$(jq -r '[.type, .bytes, .sha256, .verity, .data_bytes, .root_hash, .signed] | join(" ")' <<<"$shown")" \
		"$format $(stat -c %s a.img) $(sha256sum <a.img | cut -d ' ' -f 1) true $data $root false" "$format: show --json"
	is "$(jq -r .salt <<<"$shown") $(jq -r .verity_uuid <<<"$shown")" \
		"$(veritysetup dump --hash-offset="$data" a.img | awk '/^Salt:/ { salt = $2 } /^UUID:/ { uuid = $2 } END { print salt, uuid }')" \
		"$format: salt and UUID are as veritysetup reads them"
	is "$("$PITH" image show a.img | awk '{ print $1 }' | LC_ALL=C sort)" "$(jq -r 'keys[]' <<<"$shown" | LC_ALL=C sort)" "$format: text and JSON have the same keys"
done
"$PITH" image show --files a.img >/dev/null 2>&1
is $? 125 'no list of files of erofs'
"$PITH" image build -d src=. -o a.img >/dev/null
is "$("$PITH" image show --json --files a.img | jq -r '.files[] | split(" ") | .[-1]' | LC_ALL=C sort | tr '\n' ' ')" " /folder /folder/random /yes yes " 'the list of files'
is "$("$PITH" image show a.img | awk '$1 == "verity" { print $2 }')" no 'an image without a tree shows as one'
finish
