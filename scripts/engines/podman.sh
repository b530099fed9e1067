# podman and buildah inside a machine, for tests: sourced there by what runs on it. Everything it keeps is in memory.
# shellcheck shell=sh

mkdir -p /var/lib/containers
mount -t tmpfs none /run
mount -t tmpfs none /var/lib/containers
mount -t tmpfs none /tmp
# runc knows cgroups of one kind at a time.
umount /sys/fs/cgroup/unified 2>/dev/null || true
export PODMAN_IGNORE_CGROUPSV1_WARNING=yes
mkdir -p /etc/containers
echo '{"default": [{"type": "insecureAcceptAnything"}]}' >/etc/containers/policy.json
echo 'unqualified-search-registries = []' >/etc/containers/registries.conf
cat >/etc/containers/containers.conf <<'CONF'
[containers]
apparmor_profile = ""
pids_limit = 0
base_hosts_file = "none"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
CONF
