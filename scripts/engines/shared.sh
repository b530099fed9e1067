# Three machines that share a run directory and the programs, for tests: sourced behind machines.sh. Node 3 knows the learner's by name.
# shellcheck shell=sh disable=SC2154 # machines.sh sets them.

shared_machines() {
    mkdir "$work/shared" "$work/opt"
    tar -xzf "$bundle"/starling-[0-9]*.tar.gz -C "$work/opt" --strip-components 1
    for n in 1 2 3; do
        machine $n "$(base bookworm)"
        mkdir "$work/node$n/root/shared"
        mount --bind "$work/shared" "$work/node$n/root/shared"
        mount --bind "$work/opt" "$work/node$n/root/opt"
    done
    run=$work/shared/run
    hosts=$work/node3/root/etc/hosts
    on 1 /opt/bin/starling keygen /shared/keys farm >/dev/null
    on 1 /opt/bin/starling enrol /shared/keys/farm.key >/dev/null
}

# name_is NUMBER: what the name's server answers from now on.
name_is() {
    sed '/lear.example/d' "$hosts" >"$work/hosts"
    echo "10.77.0.$((10 + $1)) lear.example" >>"$work/hosts"
    cat "$work/hosts" >"$hosts"
}

# begin NUMBER OPTION...: a learner there, whose process is $learner.
begin() {
    where=$1
    shift
    # What the last one there said isn't this one's.
    rm -f "$work/learner.$where.log"
    on "$where" /opt/bin/starling learner cartpole --run /shared/run --resume-or-begin --keys /shared/keys --bind tcp://0.0.0.0:5555 \
        --log-format json "$@" >"$work/learner.$where.log" 2>&1 &
    wait_for 20 "the learner of node$where" grep -qs 'waiting for actors' "$work/learner.$where.log"
    learner=$(pgrep -n -f '^/opt/bin/starling learner')
}

# works GENERATION: an actor is there, and updates are made.
works() { tail -n 1 "$run/metrics.jsonl" | grep "\"parameter_version\":\"$1[.]" | grep -q '"actors_alive":1[,}]'; }
