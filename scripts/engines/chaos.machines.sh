# Of `chaos`: a learner's machine dies, or is only cut off, again and again. Sourced there.
# shellcheck shell=sh disable=SC2154 # They are set there.

# shellcheck source=scripts/engines/shared.sh
. "$root/scripts/engines/shared.sh"
shared_machines
trap '[ $? -eq 0 ] || tail -n 3 "$work"/learner.*.log "$work/actor.log"' EXIT
# Two that take turns, and the actor's.
here=1
name_is $here
begin $here --set goal.enabled=false
on 3 /opt/bin/starling-actor --learner tcp://lear.example:5555 --key /shared/keys/farm.key --threads 1 --stay >"$work/actor.log" 2>&1 &
wait_for 60 "the first learner's work" works 1
end=$(($(date +%s) + 60 * minutes))
died=0 cut=0 count=1
while [ "$(date +%s)" -lt $end ]; do
    sleep 2
    former=$learner
    ip link set veth$here down
    if [ $(($(od -An -N1 -tu1 /dev/urandom) % 2)) -eq 0 ]; then
        kill -KILL "$former"
        died=$((died + 1))
    else
        # The file system has given its lock away.
        rm "$run/lock"
        cut=$((cut + 1))
    fi
    there=$((3 - here))
    begin $there --set goal.enabled=false
    name_is $there
    wait_for 10 "the end of the learner that was cut off" sh -c "! kill -0 $former 2>/dev/null"
    count=$((count + 1))
    wait_for 60 "the work of learner $count" works $count
    ip link set veth$here up
    here=$there
    on 1 /opt/bin/starling ledger /shared/run >"$work/ledger" || fail "the books don't balance: $(tail -n 1 "$work/ledger")"
done
echo "$died machines died, $cut were cut off; generation $count"
kill -TERM "$learner"
wait_for 60 "the learner's end" sh -c "! kill -0 $learner 2>/dev/null"
begin $here --set goal.enabled=true
wait_for 120 "the goal" grep -q 'Goal reached' "$work/learner.$here.log"
wait_for 20 "the learner's end" sh -c "! kill -0 $learner 2>/dev/null"
PATH=$work/opt/bin:$PATH
balance "$run"
