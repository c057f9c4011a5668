#!/bin/sh
# Runs a command in a throw-away copy of this machine: copy.sh COMMAND...
#
# The copy has the same files, but what is written is gone afterwards; processes and a network of its own,
# with nothing in it but itself.  Needs root, overlayfs and namespaces; without them it says so: status 77.
set -eu
enter='
mount --make-rprivate /
mkdir -p /tmp/authgate-copy
mount -t tmpfs tmpfs /tmp/authgate-copy
cd /tmp/authgate-copy
mkdir upper work root
mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root || exit 77
mount -t proc proc root/proc
mount --rbind /dev root/dev
mount -t tmpfs -o mode=755 tmpfs root/run
mount -t tmpfs -o mode=1777 tmpfs root/tmp
ip link set lo up
sysctl -qw net.ipv4.ip_unprivileged_port_start=0
hostname docs
exec chroot root "$@"
'
[ "$(id -u)" -eq 0 ] || exit 77
unshare --mount --net --pid --ipc --uts true 2>/dev/null || exit 77
exec unshare --mount --net --pid --ipc --uts --fork --kill-child --mount-proc sh -euc "$enter" copy "$@"
