#!/bin/bash
# The unit, as installed: systemd takes it, its exposure is at most 1.6, its user and folders can be made.
. "$2/tests/support/rig.sh"

command -v systemd-analyze >/dev/null || skip "systemd-analyze is not installed"
[[ -f $build/systemd/bcid@.service ]] || skip "built without libsystemd: no unit"
root=$rig/root
install_into "$root"
installed=$(find "$root" -name 'bcid@.service')
[[ -f $installed ]] || fail "there is no unit, or more than one: $installed"

# systemd-analyze looks for the programs on this machine
here=$rig/units
mkdir -p "$here/bcid@rig1.service.d"
sed "s|^ExecStart=|&$root|" "$installed" >"$here/bcid@.service"
cp "$here/bcid@.service" "$here/bcid@rig1.service"
verify() { systemd-analyze verify --man=no "$here/bcid@rig1.service" >"$rig/verify.log" 2>&1; }
# exposure LIMIT (tenths): fails above it
exposure() {
	systemd-analyze security --offline=true --no-pager --threshold="$1" "$here/bcid@rig1.service" \
		>"$rig/security.log" 2>&1
}
complaints() { # about this unit, not about others of this machine
	grep -F bcid "$rig/verify.log"
}

verify || fail "systemd-analyze verify: $?"
[[ -z $(complaints) ]] || fail "systemd-analyze verify: $(complaints)"
exposure 16 || fail "exposure above 1.6: $(tail -n 1 "$rig/security.log")"
figure=$(sed -n 's/.*exposure level.*: \([0-9.]*\) .*/\1/p' "$rig/security.log")
exposure 1 && fail "systemd-analyze would have called anything good"

# a rig on another host
cp "$(find "$root" -name remote-rig.conf)" "$here/bcid@rig1.service.d/"
verify || fail "with remote-rig.conf: $?"
[[ -z $(complaints) ]] || fail "with remote-rig.conf: $(complaints)"
exposure 16 || fail "with remote-rig.conf above 1.6: $(tail -n 1 "$rig/security.log")"
remote=$(sed -n 's/.*exposure level.*: \([0-9.]*\) .*/\1/p' "$rig/security.log")

# a mistake is seen
sed -i 's/^Restart=.*/Restart=sometimes/' "$here/bcid@rig1.service"
verify
[[ -n $(complaints) ]] || fail "systemd-analyze verify overlooks a wrong setting"

# user, group, folders
if ((EUID == 0)); then
	mkdir -p "$root/etc"
	systemd-sysusers --root="$root" "$(find "$root" -path '*/sysusers.d/bcid.conf')" \
		>"$rig/sysusers.log" 2>&1 || fail "systemd-sysusers: $?"
	gid=$(sed -n 's/^bcid:[^:]*:\([0-9]*\):.*/\1/p' "$root/etc/group")
	[[ -n $gid ]] || fail "no group bcid"
	grep -q "^bcid:.*:$gid:.*/nologin\$" "$root/etc/passwd" || fail "no user bcid"
	systemd-tmpfiles --root="$root" --create \
		"$(find "$root" -path '*/tmpfiles.d/bcid.conf')" >"$rig/tmpfiles.log" 2>&1 ||
		fail "systemd-tmpfiles: $?"
	same "models' folder" "$(stat -c '%a %u %g' "$root/var/lib/bcid/models")" "2775 0 $gid"
fi
echo "exposure $figure, with remote-rig.conf $remote"
