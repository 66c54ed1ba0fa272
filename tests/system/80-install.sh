#!/bin/bash
# meson install puts everything where it is looked for, and what it put there works from there.
. "$2/tests/support/rig.sh"

under() { [[ $2 == /* ]] && echo "$root$2" || echo "$root$1/$2"; } # under PREFIX FOLDER

root=$rig/root
install_into "$root"
prefix=$(option prefix)
bin=$(under "$prefix" "$(option bindir)")
share=$(under "$prefix" "$(option datadir)")
man=$(under "$prefix" "$(option mandir)")
etc=$(under "$prefix" "$(option sysconfdir)")

# file : mode
for one in "$bin"/{bcid,bcictl,bcisim,bcitrain}:755 "$etc"/bcid/{bcid,bcid-sim}.conf:644 \
	"$share"/bcid/proto/bcid/v1/{neural,cue,intent,telemetry,control}{.proto,_pb2.py}:644 \
	"$share"/doc/bcid/{LICENSE,README.md}:644 \
	"$share"/doc/bcid/examples/{cursor,effector_rule,link}.c:644; do
	[[ -f ${one%:*} ]] || fail "not installed: ${one%:*}"
	same "mode of ${one%:*}" "$(stat -c %a "${one%:*}")" "${one#*:}"
done
same "files in bin" "$(find "$bin" -type f | wc -l)" 4

for program in bcid bcictl bcisim bcitrain; do
	"$bin/$program" --version >"$rig/version.log" 2>&1 || fail "$program --version: $?"
done
for name in bcid bcid-sim; do
	"$bin/bcid" --config "$etc/bcid/$name.conf" --check-config >"$rig/check.log" 2>&1 ||
		fail "$name.conf: $?"
done
env -u PYTHONPATH -u BCID_PROTO_PYTHON /usr/bin/python3 "$share/doc/bcid/examples/cursor.py" --help \
	>"$rig/cursor.log" 2>&1 || fail "the installed cursor.py --help: $?"

# The pages say what the programs say.
if [[ $(option b_sanitize) == none ]]; then
	for page in bcid.1 bcictl.1 bcisim.1 bcitrain.1 bcid.conf.5; do
		file=$man/man${page##*.}/$page
		grep -q '^\.SH NAME' "$file" || fail "no manual page $page"
		grep -nE '@[a-z]+ ' "$file" && fail "$page: not filled in"
	done
	for key in $("$bcid" --print-config | sed -n 's/^\([a-z_.]*\) *=.*/\1/p'); do
		grep -qF "\\fB$key\\fR" "$man/man5/bcid.conf.5" || fail "bcid.conf.5 lacks $key"
	done
	grep -qF 'fit\-decoder' "$man/man1/bcitrain.1" || fail "bcitrain.1 lacks fit-decoder"
fi
echo "$(find "$root" -type f | wc -l) files"
