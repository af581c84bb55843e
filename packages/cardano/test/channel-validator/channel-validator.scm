; The validator of payment channels that the devnet and the tests run: our own, with the datum and the redeemers of the
; binding of `batch-settlement` to Cardano. It has not been audited and locks nothing on any public network.
;
; A program of definitions, each known to those below it; the last expression is the script (Plutus V3, one argument).
; `(must c e)` is e if c holds, and fails otherwise. `(if c a b)`, `(and …)` and `(or …)` run no more than they have to.

; ---- Data -----------------------------------------------------------------------------------------------------------

(define (tag-of data) (fstPair (unConstrData data)))
(define (fields data) (sndPair (unConstrData data)))
(define (is data tag) (equalsInteger (tag-of data) tag))
(define (first list) (headList list))
(define (second list) (headList (tailList list)))
(define (third list) (headList (tailList (tailList list))))
(define (field-0 data) (first (fields data)))
(define (field-1 data) (second (fields data)))
(define-rec (item list at) (if (equalsInteger at 0) (headList list) (item (tailList list) (subtractInteger at 1))))
(define (not c) (if c false true))
(define (at-least a b) (lessThanEqualsInteger b a))

; ---- What the ledger shows --------------------------------------------------------------------------------------------

(define (input-ref input) (field-0 input))
(define (input-output input) (field-1 input))
(define (address output) (field-0 output))
(define (value output) (unMapData (field-1 output)))
(define (output-datum output) (third (fields output)))
(define (reference-script output) (item (fields output) 3))
(define (credential output) (field-0 (address output)))

; A channel's datum: a list of the script's own hash, the constants and the stage. It must be inline.
(define (channel-datum output)
  (let ((datum (output-datum output)))
    (must (is datum 2) (unListData (field-0 datum)))))

; The credential that a datum says is its own.
(define (own-credential datum) (constrData 1 (mkCons (first datum) (mkNilData unit))))

(define-rec (find-input inputs ref)
  (if (equalsData (input-ref (headList inputs)) ref) (headList inputs) (find-input (tailList inputs) ref)))

(define-rec (holds signatories hash)
  (if (nullList signatories)
      false
      (if (equalsData (headList signatories) hash) true (holds (tailList signatories) hash))))

; The rest of the inputs, from the first one at a credential on; empty when there is none.
(define-rec (from-channel-input inputs own)
  (if (nullList inputs)
      inputs
      (if (equalsData (credential (input-output (headList inputs))) own)
          inputs
          (from-channel-input (tailList inputs) own))))

; The same for outputs, of which there must be one.
(define-rec (from-channel-output outputs own)
  (if (equalsData (credential (headList outputs)) own) outputs (from-channel-output (tailList outputs) own)))

; ---- Amounts ----------------------------------------------------------------------------------------------------------

(define (is-ada currency) (is currency 0))

(define-rec (quantity entries key)
  (if (nullList entries)
      0
      (if (equalsData (fstPair (headList entries)) key)
          (unIData (sndPair (headList entries)))
          (quantity (tailList entries) key))))

(define-rec (token-amount entries policy name)
  (if (nullList entries)
      0
      (if (equalsData (fstPair (headList entries)) policy)
          (quantity (unMapData (sndPair (headList entries))) name)
          (token-amount (tailList entries) policy name))))

; Units of the currency in a value. Lovelace is the first entry, under an empty policy and name.
(define (amount currency value)
  (if (is-ada currency)
      (quantity (unMapData (sndPair (headList value))) (bData #))
      (token-amount value (field-0 currency) (field-1 currency))))

; Whether a value is lovelace, and at most the currency besides.
(define (is-only currency value)
  (let ((rest (tailList value)))
    (or (nullList rest)
        (and (not (is-ada currency))
             (nullList (tailList rest))
             (equalsData (fstPair (headList rest)) (field-0 currency))
             (nullList (tailList (unMapData (sndPair (headList rest)))))
             (equalsData (fstPair (headList (unMapData (sndPair (headList rest))))) (field-1 currency))))))

; ---- Constants and stages ---------------------------------------------------------------------------------------------

(define (tag constants) (item constants 0))
(define (currency constants) (item constants 1))
(define (iou-key constants) (item constants 2))
(define (consumer constants) (item constants 3))
(define (provider constants) (item constants 4))
(define (close-period constants) (unIData (item constants 5)))

(define (is-opened stage) (is stage 0))
(define (is-closed stage) (is stage 1))
(define (is-settled stage) (is stage 2))
(define (subbed stage) (unIData (field-0 stage)))
(define (elapse-at stage) (unIData (field-1 stage)))

; An IOU: a signature over the tag and a cumulative amount, as the ledger writes them.
(define (is-iou constants owed signature)
  (verifyEd25519Signature
    (unBData (iou-key constants))
    (serialiseData (listData (mkCons (tag constants) (mkCons owed (mkNilData unit)))))
    (unBData signature)))

; ---- Time -------------------------------------------------------------------------------------------------------------

; The time of a bound that is finite.
(define (finite bound)
  (let ((time (field-0 bound)))
    (must (is time 1) (unIData (field-0 time)))))

; ---- Steps: each is a check, and gives the key that must have signed -----------------------------------------------------

(define (add constants stage-in in stage-out out)
  (must (and (is-opened stage-in) (equalsData stage-in stage-out) (lessThanInteger in out))
    (consumer constants)))

(define (sub constants stage-in in stage-out out iou)
  (must (and (is-opened stage-in)
             (is-opened stage-out)
             (at-least (subbed stage-out) (subbed stage-in))
             (equalsInteger (subtractInteger (subbed stage-out) (subbed stage-in)) (subtractInteger in out))
             (lessThanEqualsInteger (subbed stage-out) (unIData (first iou)))
             (is-iou constants (first iou) (second iou)))
    (provider constants)))

(define (close range constants stage-in in stage-out out)
  (must (and (is-opened stage-in)
             (is-closed stage-out)
             (equalsInteger (subbed stage-in) (subbed stage-out))
             (at-least out in)
             (lessThanEqualsInteger
               (finite (field-1 range))
               (subtractInteger (elapse-at stage-out) (close-period constants))))
    (consumer constants)))

(define (settle constants stage-in in stage-out out iou)
  (must (and (is-closed stage-in)
             (is-settled stage-out)
             (lessThanEqualsInteger
               (subtractInteger in out)
               (subtractInteger (unIData (first iou)) (subbed stage-in)))
             (is-iou constants (first iou) (second iou)))
    (provider constants)))

(define (end constants stage-in) (must (is-settled stage-in) (consumer constants)))

(define (elapse range constants stage-in)
  (must (and (is-closed stage-in) (at-least (finite (field-0 range)) (elapse-at stage-in)))
    (consumer constants)))

(define (continue step range constants stage-in in stage-out out)
  (let ((kind (tag-of step)))
    (if (equalsInteger kind 0)
        (add constants stage-in in stage-out out)
        (if (equalsInteger kind 1)
            (sub constants stage-in in stage-out out (fields step))
            (if (equalsInteger kind 2)
                (close range constants stage-in in stage-out out)
                (must (equalsInteger kind 3) (settle constants stage-in in stage-out out (fields step))))))))

(define (finish step range constants stage-in)
  (if (is step 0)
      (end constants stage-in)
      (must (is step 1) (elapse range constants stage-in))))

; The output that continues a channel: the same address and constants, no script on it, ADA and the currency only.
(define (continues datum input-output output)
  (let ((after (channel-datum output)))
    (and (equalsData (address output) (address input-output))
         (equalsData (first after) (first datum))
         (equalsData (second after) (second datum))
         (nullList (tailList (tailList (tailList after))))
         (is (reference-script output) 1)
         (is-only (currency (unListData (second datum))) (value output)))))

; ---- Main: a step for each channel input, in order; outputs that continue channels in the same order ------------------------

(define-rec (walk steps inputs outputs own range signatories)
  (let ((rest (from-channel-input inputs own)))
    (if (nullList rest)
        (must (nullList steps) unit)
        (let ((spent (input-output (headList rest)))
              (datum (channel-datum spent))
              (constants (unListData (second datum)))
              (stage (third datum))
              (step (field-0 (headList steps))))
          (must (equalsData (own-credential datum) own)
            (if (is (headList steps) 0)
                (let ((found (from-channel-output outputs own))
                      (output (headList found))
                      (signer (continue step range constants stage
                                (amount (currency constants) (value spent))
                                (third (channel-datum output))
                                (amount (currency constants) (value output)))))
                  (must (and (continues datum spent output) (holds signatories signer))
                    (walk (tailList steps) (tailList rest) (tailList found) own range signatories)))
                (must (and (is (headList steps) 1) (holds signatories (finish step range constants stage)))
                  (walk (tailList steps) (tailList rest) outputs own range signatories))))))))

; ---- The script -------------------------------------------------------------------------------------------------------

(lambda (context)
  (let ((parts (fields context))
        (info (fields (first parts)))
        (redeemer (second parts))
        (kind (tag-of redeemer))
        (purpose (third parts))
        (ref (must (is purpose 1) (field-0 purpose)))
        (inputs (unListData (first info))))
    (if (equalsInteger kind 0)
        ; Defer: an earlier channel answers for this one. Who forged its own hash into a datum endangers that output alone.
        (let ((own (own-credential (unListData (field-0 (field-1 purpose))))))
          (must (not (equalsData (input-ref (headList (from-channel-input inputs own))) ref)) unit))
        (let ((spent (input-output (find-input inputs ref)))
              (own (credential spent)))
          (if (equalsInteger kind 1)
              (walk (unListData (field-0 redeemer)) inputs (unListData (third info)) own
                (item info 7) (unListData (item info 8)))
              ; Mutual: both agree, on this channel and no other.
              (let ((constants (unListData (second (channel-datum spent))))
                    (signatories (unListData (item info 8)))
                    (channels (from-channel-input inputs own)))
                (must (and (equalsInteger kind 2)
                           (holds signatories (consumer constants))
                           (holds signatories (provider constants))
                           (nullList (from-channel-input (tailList channels) own)))
                  unit)))))))
