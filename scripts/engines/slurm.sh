# A Slurm of three nodes (three slurmd on one machine), for tests: sourced behind machines.sh.
# shellcheck shell=sh disable=SC2154 # machines.sh sets them.

slurm="bookworm slurm-wlm munge procps iproute2"

# slurm_machine: machine 1 with Slurm, the bundle and deploy/slurm; /root/slurm.sh begins it there. `urgent` takes nodes from `main`.
slurm_machine() {
    # shellcheck disable=SC2086 # Names are words.
    machine 1 "$(base $slurm)"
    home=$work/node1/root
    mkdir "$home/root/starling"
    tar -xzf "$bundle"/starling-[0-9]*.tar.gz -C "$home/root/starling" --strip-components 1
    cp -r "$root/deploy/slurm" "$home/root/starling/deploy/"
    # A requeued job waits until its credential has expired, which takes two minutes unless told otherwise.
    cat >"$home/etc/slurm/slurm.conf" <<'CONF'
ClusterName=test
SlurmctldHost=node1(10.77.0.11)
SlurmUser=root
AuthType=auth/munge
AuthInfo=cred_expire=5
StateSaveLocation=/var/spool/slurmctld
SlurmdSpoolDir=/var/spool/slurmd-%n
SlurmctldPidFile=/run/slurmctld.pid
SlurmdPidFile=/run/slurmd-%n.pid
SlurmctldLogFile=/var/log/slurmctld.log
SlurmdLogFile=/var/log/slurmd-%n.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=1,sched_interval=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobRequeue=1
KillWait=10
NodeName=n[1-3] NodeHostname=node1 NodeAddr=10.77.0.11 Port=[17001-17003] CPUs=2 RealMemory=1000 State=UNKNOWN
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
PartitionName=main Nodes=n[1-3] Default=YES PriorityTier=1 MaxTime=INFINITE State=UP
PartitionName=urgent Nodes=n[1-3] PriorityTier=10 PreemptMode=OFF MaxTime=INFINITE State=UP
CONF
    cat >"$home/root/slurm.sh" <<'BEGIN'
mkdir -p /run/munge /var/log/munge /var/lib/munge /var/spool/slurmctld /shared
dd if=/dev/urandom of=/etc/munge/munge.key bs=1024 count=1 2>/dev/null
chown -R munge: /run/munge /var/log/munge /var/lib/munge /etc/munge
chmod 400 /etc/munge/munge.key
chmod 755 /run
setpriv --reuid munge --regid munge --clear-groups munged
slurmctld
for n in n1 n2 n3; do
    mkdir -p /var/spool/slurmd-$n
    slurmd -N $n || { tail -n 5 /var/log/slurmd-$n.log; fail "slurmd -N $n"; }
done
until_true 30 "[ \$(sinfo --noheader --Node --partition main --states idle | wc -l) -eq 3 ]"
PATH=/root/starling/bin:$PATH
submit=/root/starling/deploy/slurm/submit
BEGIN
}
