(** Mina proofs, verified from a cold start in milliseconds.

    Bytes come in, bin_prot where a daemon has them, and verdicts come out. What each verdict means is told in docs/verdicts.md of
    the repository. Any thread may call any function; the runtime is released while proofs are verified. *)

(** A verdict. [Valid] alone accepts. *)
type verdict =
  | Valid
  | Rejected  (** checked, and wrong *)
  | Malformed  (** no proof, or not one for this key *)
  | Input  (** the key or the statement cannot be right *)
  | Unavailable  (** not checked *)
  | Unproven  (** a block without its proof *)

type answer =
  { item : int  (** the place of what was handed in: an input may hold several objects *)
  ; verdict : verdict
  ; mina : string option  (** the word of Mina's verifier, such as [invalid_signature] *)
  ; reason : string option  (** why it is not valid *)
  ; json : string  (** the line that the command prints with [--json], without the file *)
  }

(** A verification key, prepared once. *)
module Key : sig
  type t

  (** [read bytes] of o1js's JSON, base64, bin_prot, or a verifier index; [options] as in docs/c.md. *)
  val read : ?options:string -> string -> (t, string) result
end

(** What objects of Mina's networks are judged by. *)
module Known : sig
  type t

  (** The networks whose keys are in the library; [options] as in docs/c.md. *)
  val create : ?options:string -> unit -> (t, string) result

  (** Adds the network of a file of keys. *)
  val add_network : t -> string -> (unit, string) result

  (** Adds the verification keys of zkApp accounts: a JSON list, or a daemon's answer. *)
  val add_account_keys : t -> string -> (unit, string) result
end

type item =
  | Proof of Key.t * string * string option
      (** a proof, and its statement where its form does not hold it *)
  | Object of Known.t * string  (** a block, ledger proof, work or command, in any form *)

(** Verifies items as one batch. There is an answer for each proof and for each object, one at least for each item, in their order. *)
val verify : item list -> answer list

(** Functions in the shape of the daemon's [Verifier_intf.S], over bytes of bin_prot. The outer result of the daemon's, which says that
    the verifier process died, and its [Deferred.t] are not there: these are function calls. *)
module Verifier : sig
  type t

  (** A verifier for a network that is built in, or, with [network_keys], for that of a file of keys. *)
  val create : ?network_keys:string -> network:string -> unit -> (t, string) result

  (** Each is a [Blockchain_snark.Blockchain.Stable.V2.t]: the protocol state, then its proof. A header or a block will do. *)
  val verify_blockchain_snarks : t -> string list -> (unit, string) result

  (** Each is a [Ledger_proof.Stable.V2.t] and the [Sok_message.Stable.V1.t] that its statement has the digest of. *)
  val verify_transaction_snarks : t -> (string * string) list -> (unit, string) result

  type invalid =
    [ `Invalid_keys of string
    | `Invalid_signature of string
    | `Invalid_proof of string
    | `Missing_verification_key of string
    | `Unexpected_verification_key of string
    | `Mismatched_authorization_kind of string ]

  (** Each is a [Zkapp_command.Stable.V1.t] or a [Signed_command.Stable.V2.t], judged by itself: a wrong proof makes no other command
      [`Valid_assuming]. [account_keys] are the keys that the accounts have before, as JSON. The text of a refusal names the account
      updates at fault. [Error] is for what is no command, and for what could not be checked. *)
  val verify_commands :
    ?account_keys:string -> t -> string list -> ([ `Valid | invalid ], string) result list
end

(** The version of the C library. *)
val version : unit -> string
