# Machines for tests: Debian roots under overlays, each in namespaces of its own, on a bridge. Sourced by an engine's test
# whose words are `prepare ROOT`, on this machine and its network, or `run ROOT`, in namespaces of its own.
# shellcheck shell=sh disable=SC2034 # What is set here is for them.

roots=${root:?}/.build/roots
bundle=$root/.build/bundle
# A base on which podman runs pods, and kubectl renders them.
podman="trixie podman buildah runc catatonit netavark aardvark-dns nftables procps iproute2 kubernetes-client python3-yaml"

# shellcheck source=scripts/engines/checks.sh
. "$root/scripts/engines/checks.sh"

# wait_for SECONDS WHAT COMMAND...: until the command succeeds.
wait_for() {
    left=$(($1 * 5))
    what=$2
    shift 2
    until "$@"; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || fail "not within its time: $what"
        sleep 0.2
    done
}

# base SUITE PACKAGE...: where the root of Debian with these packages is.
base() { echo "$roots/$(echo "$*" | tr ' ' _)"; }

# make_base SUITE PACKAGE...: makes it, once.
make_base() {
    place=$(base "$@")
    suite=$1
    shift
    [ ! -e "$place.done" ] || return 0
    echo "making a root of Debian $suite${1:+ with $*}"
    rm -rf "$place"
    mkdir -p "$roots"
    if [ $# -gt 0 ]; then set -- "--include=$(echo "$*" | tr ' ' ,)"; fi
    debootstrap --variant=minbase "$@" "$suite" "$place" >"$place.log" 2>&1 || fail "debootstrap: $(tail -n 1 "$place.log")"
    touch "$place.done"
}

# network: a bridge, on which this side is 10.77.0.1.
network() {
    mount -t tmpfs none /run/netns 2>/dev/null || { mkdir -p /run/netns && mount -t tmpfs none /run/netns; }
    ip link set lo up
    ip link add bridge type bridge
    ip address add 10.77.0.1/24 dev bridge
    ip link set bridge up
    work=$(mktemp -d)
    mount -t tmpfs none "$work"
}

# machine NUMBER BASE: makes node NUMBER, 10.77.0.(10 + NUMBER), over the base. Its files are in $work/nodeNUMBER/root.
machine() {
    node=node$1
    mkdir -p "$work/$node/upper" "$work/$node/work" "$work/$node/root"
    mount -t overlay overlay -o "lowerdir=$2,upperdir=$work/$node/upper,workdir=$work/$node/work" "$work/$node/root"
    ip netns add "$node"
    ip link add "veth$1" type veth peer name eth0 netns "$node"
    ip link set "veth$1" master bridge up
    ip -n "$node" link set lo up
    ip -n "$node" address add "10.77.0.$((10 + $1))/24" dev eth0
    ip -n "$node" link set eth0 up
    echo "$node" >"$work/$node/root/etc/hostname"
    printf '127.0.0.1 localhost\n10.77.0.1 learner\n10.77.0.11 node1\n10.77.0.12 node2\n10.77.0.13 node3\n' >"$work/$node/root/etc/hosts"
}

# on NUMBER COMMAND...: runs there, as root, and waits.
on() {
    node=node$1
    shift
    # Not `ip netns exec`, which hides what is mounted below /sys.
    # shellcheck disable=SC2016 # They are the inner shell's.
    nsenter "--net=/run/netns/$node" unshare --mount --pid --uts --ipc --fork --kill-child sh -c '
        place=$1; node=$2; shift 2
        hostname "$node"
        mount -t proc proc "$place/proc"
        mount --bind /dev "$place/dev"
        mount --rbind /sys "$place/sys"
        # Not a chroot: who enters the namespaces of a container in it would find himself outside.
        cd "$place"
        pivot_root . mnt
        exec chroot . sh -c "umount -l /mnt; exec \"\$@\"" machine "$@"' machine "$work/$node/root" "$node" "$@"
}

# within NUMBER FILE: has that machine run a check to its end, whose last words are "no more".
within() {
    cp "$root/scripts/engines/checks.sh" "$work/node$1/root/root/"
    chmod +x "$work/node$1/root$2"
    on "$1" "$2" >"$work/check.out" 2>&1 || true
    cat "$work/check.out"
    grep -q '^no more$' "$work/check.out" || fail "it didn't come to its end"
}

# with_sshd NUMBER...: sshd on these machines, which `ssh` in PATH can enter from now on, by a key of its own.
with_sshd() {
    export HOME="$work/home"
    mkdir -p "$HOME/.ssh" "$work/bin"
    chmod 700 "$HOME/.ssh"
    ssh-keygen -q -t ed25519 -N '' -f "$HOME/.ssh/id"
    printf 'Host 10.77.0.*\n StrictHostKeyChecking no\n UserKnownHostsFile /dev/null\n LogLevel ERROR\n User root\n IdentityFile %s\n' \
        "$HOME/.ssh/id" >"$work/ssh_config"
    # ssh takes no HOME; it takes options.
    printf '#!/bin/sh\nexec /usr/bin/ssh -F %s "$@"\n' "$work/ssh_config" >"$work/bin/ssh"
    chmod +x "$work/bin/ssh"
    PATH=$work/bin:$PATH
    for n in "$@"; do
        home=$work/node$n/root
        mkdir -p "$home/root/.ssh" "$home/run/sshd"
        chmod 700 "$home/root/.ssh"
        cp "$HOME/.ssh/id.pub" "$home/root/.ssh/authorized_keys"
        on "$n" /usr/sbin/sshd -D -e >"$work/sshd$n.log" 2>&1 &
    done
    for n in "$@"; do wait_for 20 "sshd of node$n" ssh -o BatchMode=yes -o ConnectTimeout=2 "10.77.0.1$n" true 2>/dev/null; done
}
