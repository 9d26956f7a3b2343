/* The agreement, as far as a log, votes and acknowledgements go, with one folder that is put back
 * from a copy: no node, that leads a term, lacks what was committed before.
 *
 * What is sent is never taken back: a vote, an append or an acknowledgement may be heard at any
 * later time, any number of times, or never. So messages are facts by term, and their senders may
 * be gone. Pre-votes, clocks, heartbeats and blocks' contents are left out: an entry is its term,
 * and nothing of safety rests on those (docs/CONSENSUS.md). A node appends and acknowledges in one
 * step, as one that acknowledges what is durable; what a write loses is in the copy.
 *
 * Mutants, of which each must be found: NOT_NOTICED (the copy goes on as if nothing were missing),
 * VOTES_MEANWHILE (it votes while it recovers), GOES_AT_ONCE (it stops recovering at what its
 * leader had before it heard of it), FORGETS_VOTE (a restart without the vote). Two terms show
 * them. OLD_TERM_COUNTS (entries of earlier terms are committed by counting) takes three.
 */

#define N 3
#ifndef TERMS
#define TERMS 3
#endif
#ifndef LEN
#define LEN (TERMS + 1)
#endif
#define NOBODY 0

/* Nodes and terms are numbered from 1; place 0 of every array is not used. */
typedef Node {
    byte term;
    byte vote;
    byte size;
    byte log[LEN + 1];
    bit start;      /* 1 after the folder was put back */
    bit recovering;
    bit candidate;
    bit leader;
};
typedef Votes { bit from[N + 1]; };
typedef Term {
    byte leader;                /* whoever won it */
    byte size;                   /* of what it sent */
    byte log[LEN + 1];
    bit asked[N + 1];           /* candidates, with the end of their logs */
    byte asked_size[N + 1];
    byte asked_last[N + 1];
    Votes votes[N + 1];         /* by candidate */
    byte acked[2 * N + 2];      /* by start and node */
    bit known[N + 1];           /* the start that the leader knows of */
    byte goal[N + 1];           /* ends that node's recovering */
};

Node node[N + 1];
Term terms[TERMS + 1];
byte committed[LEN + 1];        /* the term of the entry there; 0: none */
byte committed_in[LEN + 1];     /* the term in which it was committed */
byte committed_size;

byte copied;                    /* whose folder */
Node copy;
bit put_back;

#define LAST(n) (node[n].size == 0 -> 0 : node[n].log[node[n].size])
#define ACKED(t, n) terms[t].acked[terms[t].known[n] * N + n]

inline copy_node(to, from) {
    to.term = from.term; to.vote = from.vote; to.size = from.size;
    k = 1;
    do :: k <= LEN -> to.log[k] = from.log[k]; k++ :: else -> break od;
    k = 0
}

inline go_to_term(n, t) {
    if
    :: t > node[n].term ->
        node[n].term = t; node[n].vote = NOBODY; node[n].candidate = 0; node[n].leader = 0
    :: else
    fi
}

/* A node stands. */
inline stand(n) {
    d_step {
        node[n].term++; node[n].vote = n; node[n].candidate = 1; node[n].leader = 0;
        terms[node[n].term].asked[n] = 1;
        terms[node[n].term].asked_size[n] = node[n].size;
        terms[node[n].term].asked_last[n] = LAST(n);
        terms[node[n].term].votes[n].from[n] = 1
    }
}

#ifdef VOTES_MEANWHILE
#define MAY_VOTE(n) true
#else
#define MAY_VOTE(n) (!node[n].recovering)
#endif

/* Node n hears candidate c of term t. */
inline hear_candidate(n, c, t) {
    d_step {
        go_to_term(n, t);
        if
        :: MAY_VOTE(n) && (node[n].vote == NOBODY || node[n].vote == c) &&
           (terms[t].asked_last[c] > LAST(n) ||
            (terms[t].asked_last[c] == LAST(n) && terms[t].asked_size[c] >= node[n].size)) ->
            node[n].vote = c;
            terms[t].votes[c].from[n] = 1
        :: else
        fi
    }
}

/* It has the votes of two, and leads; its first entry is empty and of its own term. */
inline win(n) {
    d_step {
        t = node[n].term;
        assert(terms[t].leader == NOBODY);
        terms[t].leader = n; node[n].leader = 1; node[n].candidate = 0;
        k = 1;
        do
        :: k <= committed_size ->
            /* One that wins an earlier term late can do nothing any more. */
            assert(committed_in[k] >= t ||
                   (k <= node[n].size && node[n].log[k] == committed[k]));
            k++
        :: else -> break
        od;
        if
        :: node[n].size < LEN -> node[n].size++; node[n].log[node[n].size] = t
        :: else
        fi;
        k = 1;
        do
        :: k <= node[n].size -> terms[t].log[k] = node[n].log[k]; k++
        :: else -> break
        od;
        terms[t].size = node[n].size;
        k = 0; t = 0
    }
}

inline propose(n) {
    d_step {
        t = node[n].term;
        node[n].size++; node[n].log[node[n].size] = t;
        terms[t].size = node[n].size; terms[t].log[node[n].size] = t;
        t = 0
    }
}

/* Node n hears the first `most` entries of what the leader of term t sent. */
inline hear_leader(n, t, most) {
    d_step {
        go_to_term(n, t);
        node[n].candidate = 0;
        k = 1;
        do
        :: k <= most && k <= node[n].size && node[n].log[k] == terms[t].log[k] -> k++
        :: else -> break
        od;
        if
        :: k <= most ->
            /* Differs there, or ends before. */
            if :: k <= node[n].size -> node[n].size = k - 1 :: else fi;
            do
            :: k <= most -> node[n].log[k] = terms[t].log[k]; k++
            :: else -> break
            od;
            node[n].size = most
        :: else
        fi;
        k = node[n].size + 1;
        do :: k <= LEN -> node[n].log[k] = 0; k++ :: else -> break od;
        if
        :: !node[n].recovering && terms[t].acked[node[n].start * N + n] < most ->
            terms[t].acked[node[n].start * N + n] = most
        :: else
        fi;
        k = 0
    }
}

/* What the leader n of its term, and one other at least, have up to `most`. */
#define HAVE(n, most) \
    ((n != 1 && ACKED(node[n].term, 1) >= most) || (n != 2 && ACKED(node[n].term, 2) >= most) || \
     (n != 3 && ACKED(node[n].term, 3) >= most))

#ifdef OLD_TERM_COUNTS
#define COUNTS(n, most) true
#else
#define COUNTS(n, most) (node[n].log[most] == node[n].term)
#endif

inline commit(n, most) {
    d_step {
        k = 1;
        do
        :: k <= most ->
            assert(k > committed_size || committed[k] == node[n].log[k]);
            if
            :: k > committed_size ->
                committed[k] = node[n].log[k]; committed_in[k] = node[n].term
            :: else
            fi;
            k++
        :: else -> break
        od;
        if :: most > committed_size -> committed_size = most :: else fi;
        k = 0
    }
}

/* The leader n hears of another start of node m: what m acknowledged before counts no more, and an
 * entry that is proposed now, which others commit, ends its recovering. */
inline hear_of_start(n, m) {
    d_step {
        terms[node[n].term].known[m] = node[m].start;
#ifdef GOES_AT_ONCE
        terms[node[n].term].goal[m] = node[n].size;
#else
        terms[node[n].term].goal[m] = node[n].size + 1;
#endif
    }
}

/* The third one, which is neither. */
#define THIRD(n, m) (6 - n - m)

#ifdef GOES_AT_ONCE
#define WITHOUT(n, m) true
#else
#define WITHOUT(n, m) (ACKED(node[n].term, THIRD(n, m)) >= terms[node[n].term].goal[m])
#endif

/* Node m holds what leader n asks of it, and the others have committed that without it. */
#define MAY_LEAVE(n, m) \
    (node[m].recovering && node[m].term == node[n].term && \
     terms[node[n].term].known[m] == node[m].start && terms[node[n].term].goal[m] > 0 && \
     node[m].size >= terms[node[n].term].goal[m] && \
     node[m].log[terms[node[n].term].goal[m]] == node[n].log[terms[node[n].term].goal[m]] && \
     terms[node[n].term].goal[m] <= node[n].size && WITHOUT(n, m))

inline take_copy(n) { d_step { copy_node(copy, node[n]); copied = n } }

inline restore(n) {
    d_step {
        copy_node(node[n], copy);
        node[n].candidate = 0; node[n].leader = 0; node[n].start = 1;
#ifndef NOT_NOTICED
        node[n].recovering = 1;
#endif
        put_back = 1
    }
}

#define VOTED(c, n) terms[node[c].term].votes[c].from[n]

proctype life(byte n) {
    byte m, most, k, t;
    do
    :: atomic { !node[n].recovering && !node[n].leader && node[n].term < TERMS -> stand(n) }
    :: atomic { node[n].candidate && VOTED(n, 1) + VOTED(n, 2) + VOTED(n, 3) >= 2 -> win(n) }
    :: atomic { node[n].leader && node[n].size < LEN -> propose(n) }
    :: atomic {
        select(t : 1 .. TERMS);
        select(m : 1 .. N);
        if
        :: m != n && t >= node[n].term && terms[t].asked[m] -> hear_candidate(n, m, t)
        :: m != n && t >= node[n].term && terms[t].leader == m && terms[t].size > 0 ->
            select(most : 1 .. LEN);
            if :: most <= terms[t].size -> hear_leader(n, t, most) :: else fi
        :: m != n && node[n].leader && terms[node[n].term].known[m] != node[m].start ->
            hear_of_start(n, m)
        :: m != n && node[n].leader && MAY_LEAVE(n, m) -> node[m].recovering = 0
        :: else
        fi;
        m = 0; most = 0; t = 0
       }
    :: atomic {
        node[n].leader ->
        select(most : 1 .. LEN);
        if
        :: most <= node[n].size && most > committed_size && HAVE(n, most) && COUNTS(n, most) ->
            commit(n, most)
        :: else
        fi;
        most = 0
       }
    :: atomic { copied == NOBODY -> take_copy(n) }
    :: atomic { copied == n && !put_back -> restore(n) }
#ifdef FORGETS_VOTE
    :: atomic { node[n].vote != NOBODY -> node[n].vote = NOBODY; node[n].candidate = 0 }
#endif
    od
}

init { atomic { run life(1); run life(2); run life(3) } }
