# Of `chaos`: jobs preempted and requeued, nodes drained. Sourced there.
# shellcheck shell=sh disable=SC2154 # They are set there.

slurm_machine
echo "minutes=$minutes" >"$home/root/minutes"
cat >"$home/root/check" <<'CHECK'
#!/bin/sh
set -eu
. /root/checks.sh
. /root/minutes
trap '[ $? -eq 0 ] || { squeue; tail -n 5 /shared/run.learner.log /shared/run.actor-*.log /var/log/slurmctld.log; }' EXIT
. /root/slurm.sh
run=/shared/run
works="tail -n 1 $run/metrics.jsonl | grep '\"parameter_version\":\"'\$(cat $run/generation)'[.]' | grep -q '\"actors_alive\":2'"
quietly() { until_true "$@" >/dev/null; }
$submit cartpole --run $run --actors 2 --cpus 1 --learner-cpus 1 -- --set goal.enabled=false
quietly 60 "$works"
end=$(($(date +%s) + 60 * minutes))
preempted=0 requeued=0 drained=0
while [ "$(date +%s)" -lt $end ]; do
    sleep 2
    learner=$(cat $run.job)
    case $(($(od -An -N1 -tu1 /dev/urandom) % 4)) in
    0) # All nodes are taken away, from learner and actors.
        sbatch --partition urgent --exclusive --nodes 3 --output /dev/stdout --wrap 'sleep 2' >/dev/null
        quietly 60 "squeue --noheader --partition urgent --states R | grep -q ."
        preempted=$((preempted + 1))
        ;;
    1) # One node.
        sbatch --partition urgent --exclusive --nodes 1 --output /dev/stdout --wrap 'sleep 2' >/dev/null
        preempted=$((preempted + 1))
        ;;
    2) # A job, by hand.
        task=$(squeue --noheader --partition main --states R --format %A | shuf -n 1)
        [ -z "$task" ] || ! scontrol requeue "$task" 2>/dev/null || requeued=$((requeued + 1))
        ;;
    3) # The learner's node is drained: what runs there goes elsewhere.
        node=$(squeue --noheader --jobs "$learner" --states R --format %N)
        if [ -n "$node" ]; then
            scontrol update "nodename=$node" state=drain reason=chaos
            for job in $(squeue --noheader --nodelist "$node" --states R --format %A); do scontrol requeue "$job" 2>/dev/null || true; done
            quietly 60 "[ -n \"\$(squeue --noheader --jobs $learner --states R --format %N)\" ] && [ \"\$(squeue --noheader --jobs $learner --states R --format %N)\" != $node ]"
            scontrol update "nodename=$node" state=resume
            drained=$((drained + 1))
        fi
        ;;
    esac
    quietly 120 "! squeue --noheader --partition urgent | grep -q ."
    quietly 120 "$works"
    starling ledger $run >/tmp/ledger || fail "the books don't balance: $(tail -n 1 /tmp/ledger)"
done
echo "$preempted times preempted, $requeued requeued, $drained drained; generation $(cat $run/generation)"
scancel "$(cat $run.job)"
quietly 60 "! squeue --noheader --jobs $(cat $run.job) | grep -q ."
$submit cartpole --run $run --actors 2 --cpus 1 --learner-cpus 1 -- --set goal.enabled=true
until_true 120 "grep -q 'Goal reached' $run.learner.log"
quietly 60 "! squeue --noheader | grep -q ."
balance $run
kill "$(cat /run/slurmctld.pid)" 2>/dev/null || true
echo "no more"
CHECK
within 1 /root/check
