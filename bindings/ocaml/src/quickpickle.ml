type verdict = Valid | Rejected | Malformed | Input | Unavailable | Unproven

type answer =
  { item : int
  ; verdict : verdict
  ; mina : string option
  ; reason : string option
  ; json : string
  }

module Stubs = struct
  type key
  type known
  type batch

  external key : string -> string -> key = "quickpickle_ocaml_key"
  external known : string -> known = "quickpickle_ocaml_known"
  external add_network : known -> string -> unit = "quickpickle_ocaml_add_network"
  external add_account_keys : known -> string -> unit = "quickpickle_ocaml_add_account_keys"
  external batch : unit -> batch = "quickpickle_ocaml_batch"

  external add_proof : batch -> key -> string -> string option -> bool
    = "quickpickle_ocaml_add_proof"

  external add_object : batch -> known -> string -> bool = "quickpickle_ocaml_add_object"

  external verify : batch -> (int * int * string * string * string) array
    = "quickpickle_ocaml_verify"

  external version : unit -> string = "quickpickle_ocaml_version"
end

let version = Stubs.version

(* The stubs fail with the reason. *)
let refusable work = match work () with value -> Ok value | exception Failure reason -> Error reason

module Key = struct
  type t = Stubs.key

  let read ?(options = "") bytes = refusable (fun () -> Stubs.key bytes options)
end

module Known = struct
  type t = Stubs.known

  let create ?(options = "") () = refusable (fun () -> Stubs.known options)
  let add_network known text = refusable (fun () -> Stubs.add_network known text)
  let add_account_keys known text = refusable (fun () -> Stubs.add_account_keys known text)
end

type item = Proof of Key.t * string * string option | Object of Known.t * string

(* The numbers of quickpickle.h. A number that is not known here is not valid. *)
let verdict_of_number = function
  | 1 -> Valid
  | 2 -> Rejected
  | 3 -> Malformed
  | 4 -> Input
  | 6 -> Unproven
  | _ -> Unavailable

let some text = if String.equal text "" then None else Some text

let verify items =
  let batch = Stubs.batch () in
  let add item =
    let added =
      match item with
      | Proof (key, proof, statement) -> Stubs.add_proof batch key proof statement
      | Object (known, input) -> Stubs.add_object batch known input
    in
    if not added then failwith "the batch could not be made"
  in
  List.iter add items ;
  let answer (item, number, mina, reason, json) =
    { item; verdict = verdict_of_number number; mina = some mina; reason = some reason; json }
  in
  Stubs.verify batch |> Array.to_list |> List.map answer

module Verifier = struct
  type t = { network : string; network_keys : string option; known : Known.t }

  let ( let* ) = Result.bind

  (* JSON of a name; what is no name of a network is refused by the library. *)
  let options network = Printf.sprintf {|{"network": "%s"}|} (String.escaped network)

  let known ~network ~network_keys =
    let* known = Known.create ~options:(options network) () in
    let* () = Option.fold network_keys ~none:(Ok ()) ~some:(Known.add_network known) in
    Ok known

  let create ?network_keys ~network () =
    let* known = known ~network ~network_keys in
    Ok { network; network_keys; known }

  let reason answer = Option.value answer.reason ~default:answer.json

  (* All must be valid, and each must have been answered. *)
  let all_valid known inputs =
    let answers = verify (List.map (fun input -> Object (known, input)) inputs) in
    let is_answered place = List.exists (fun answer -> answer.item = place) answers in
    match List.find_opt (fun answer -> answer.verdict <> Valid) answers with
    | Some answer -> Error (Printf.sprintf "%d: %s" answer.item (reason answer))
    | None ->
        if List.for_all is_answered (List.init (List.length inputs) Fun.id) then Ok ()
        else Error "a proof was not answered"

  let verify_blockchain_snarks { known; _ } chains = all_valid known chains

  (* What stands for [`One] in bin_prot: the hash of the name. *)
  let one = "\x8d\xa4\x78\x00"

  (* A compressed key: an element and a bit. *)
  let prover_length = 33

  (* bin_prot of a [Transaction_snark_work.Stable.V2.t] of one proof, with the fee and the prover of the message: it is refused where
     the proof's digest is another's. *)
  let work (proof, message) =
    let length = String.length message - prover_length in
    if length < 0 then None
    else
      let fee = String.sub message 0 length in
      Some (String.concat "" [ fee; one; proof; String.sub message length prover_length ])

  let verify_transaction_snarks { known; _ } proofs =
    let works = List.map work proofs in
    match List.find_opt Option.is_none works with
    | Some _ -> Error "a message is too short to be one"
    | None -> all_valid known (List.filter_map Fun.id works)

  type invalid =
    [ `Invalid_keys of string
    | `Invalid_signature of string
    | `Invalid_proof of string
    | `Missing_verification_key of string
    | `Unexpected_verification_key of string
    | `Mismatched_authorization_kind of string ]

  let of_answer answer =
    let reason = reason answer in
    match (answer.verdict, answer.mina) with
    | Valid, _ -> Ok `Valid
    | _, Some "invalid_keys" -> Ok (`Invalid_keys reason)
    | _, Some "invalid_signature" -> Ok (`Invalid_signature reason)
    | _, Some "invalid_proof" -> Ok (`Invalid_proof reason)
    | _, Some "missing_verification_key" -> Ok (`Missing_verification_key reason)
    | _, Some "unexpected_verification_key" -> Ok (`Unexpected_verification_key reason)
    | _, Some "mismatched_authorization_kind" -> Ok (`Mismatched_authorization_kind reason)
    | _, _ -> Error reason

  let verify_commands ?account_keys { network; network_keys; known = own } commands =
    let known =
      match account_keys with
      | None -> Ok own
      | Some keys ->
          let* known = known ~network ~network_keys in
          let* () = Known.add_account_keys known keys in
          Ok known
    in
    match known with
    | Error reason -> List.map (fun _ -> Error reason) commands
    | Ok known ->
        let answers = verify (List.map (fun command -> Object (known, command)) commands) in
        let of_command place _ =
          match List.filter (fun answer -> answer.item = place) answers with
          | [ answer ] -> of_answer answer
          | _ -> Error "not one command"
        in
        List.mapi of_command commands
end
