from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

BLOCK_STATE_BEST_CHAIN: BlockState
BLOCK_STATE_SIDE: BlockState
BLOCK_STATE_UNKNOWN: BlockState
BLOCK_STATE_UNSPECIFIED: BlockState
DESCRIPTOR: _descriptor.FileDescriptor
HEALTH_STATE_DEGRADED: HealthState
HEALTH_STATE_DOWN: HealthState
HEALTH_STATE_READY: HealthState
HEALTH_STATE_STARTING: HealthState
HEALTH_STATE_SYNCING: HealthState
HEALTH_STATE_UNSPECIFIED: HealthState
MESSAGE_VERDICT_ADDRESS: MessageVerdict
MESSAGE_VERDICT_ADDRESS_KIND: MessageVerdict
MESSAGE_VERDICT_BAD_SIGNATURE: MessageVerdict
MESSAGE_VERDICT_MALFORMED_SIGNATURE: MessageVerdict
MESSAGE_VERDICT_UNSPECIFIED: MessageVerdict
MESSAGE_VERDICT_VALID: MessageVerdict
PAYMENT_STATE_CONFLICTED: PaymentState
PAYMENT_STATE_IN_MEMPOOL: PaymentState
PAYMENT_STATE_MINED: PaymentState
PAYMENT_STATE_UNKNOWN: PaymentState
PAYMENT_STATE_UNSPECIFIED: PaymentState
REASON_NEW_TIP: Reason
REASON_NEW_TXS: Reason
REASON_REFRESH: Reason
REASON_UNSPECIFIED: Reason
ROLE_AUX: Role
ROLE_HASHER: Role
ROLE_MESSAGE_VERIFIER: Role
ROLE_PARENT: Role
ROLE_UNSPECIFIED: Role
ROLE_WALLET: Role
VERDICT_CODE_DUPLICATE: VerdictCode
VERDICT_CODE_RECEIVED: VerdictCode
VERDICT_CODE_REJECTED: VerdictCode
VERDICT_CODE_STALE: VerdictCode
VERDICT_CODE_UNSPECIFIED: VerdictCode
WALLET_REFUSAL_CODE_FEE: WalletRefusalCode
WALLET_REFUSAL_CODE_LOCKED: WalletRefusalCode
WALLET_REFUSAL_CODE_NETWORK: WalletRefusalCode
WALLET_REFUSAL_CODE_NO_WALLET: WalletRefusalCode
WALLET_REFUSAL_CODE_PAYMENT: WalletRefusalCode
WALLET_REFUSAL_CODE_POOR: WalletRefusalCode
WALLET_REFUSAL_CODE_UNSPECIFIED: WalletRefusalCode

class AuxRules(_message.Message):
    __slots__ = ["index_zero", "magic_required", "no_aux_parent", "strict_id", "uncles"]
    INDEX_ZERO_FIELD_NUMBER: _ClassVar[int]
    MAGIC_REQUIRED_FIELD_NUMBER: _ClassVar[int]
    NO_AUX_PARENT_FIELD_NUMBER: _ClassVar[int]
    STRICT_ID_FIELD_NUMBER: _ClassVar[int]
    UNCLES_FIELD_NUMBER: _ClassVar[int]
    index_zero: bool
    magic_required: bool
    no_aux_parent: bool
    strict_id: bool
    uncles: bool
    def __init__(self, strict_id: bool = ..., index_zero: bool = ..., no_aux_parent: bool = ..., magic_required: bool = ..., uncles: bool = ...) -> None: ...

class BlockStatusRequest(_message.Message):
    __slots__ = ["hash", "height"]
    HASH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    hash: bytes
    height: int
    def __init__(self, hash: _Optional[bytes] = ..., height: _Optional[int] = ...) -> None: ...

class BlockStatusResponse(_message.Message):
    __slots__ = ["confirmations", "height", "node", "note", "state"]
    CONFIRMATIONS_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    confirmations: int
    height: int
    node: str
    note: str
    state: BlockState
    def __init__(self, state: _Optional[_Union[BlockState, str]] = ..., confirmations: _Optional[int] = ..., height: _Optional[int] = ..., node: _Optional[str] = ..., note: _Optional[str] = ...) -> None: ...

class CoinInfo(_message.Message):
    __slots__ = ["algorithm", "aux_chain_id", "block_time_ns", "decimals", "difficulty_one", "example_address", "has_aux_chain_id", "hash_param_bytes", "maturity", "name", "network", "symbol", "version_mask"]
    ALGORITHM_FIELD_NUMBER: _ClassVar[int]
    AUX_CHAIN_ID_FIELD_NUMBER: _ClassVar[int]
    BLOCK_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    DECIMALS_FIELD_NUMBER: _ClassVar[int]
    DIFFICULTY_ONE_FIELD_NUMBER: _ClassVar[int]
    EXAMPLE_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    HASH_PARAM_BYTES_FIELD_NUMBER: _ClassVar[int]
    HAS_AUX_CHAIN_ID_FIELD_NUMBER: _ClassVar[int]
    MATURITY_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    NETWORK_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    VERSION_MASK_FIELD_NUMBER: _ClassVar[int]
    algorithm: str
    aux_chain_id: int
    block_time_ns: int
    decimals: int
    difficulty_one: bytes
    example_address: str
    has_aux_chain_id: bool
    hash_param_bytes: int
    maturity: int
    name: str
    network: str
    symbol: str
    version_mask: int
    def __init__(self, symbol: _Optional[str] = ..., name: _Optional[str] = ..., network: _Optional[str] = ..., algorithm: _Optional[str] = ..., difficulty_one: _Optional[bytes] = ..., block_time_ns: _Optional[int] = ..., maturity: _Optional[int] = ..., decimals: _Optional[int] = ..., version_mask: _Optional[int] = ..., aux_chain_id: _Optional[int] = ..., has_aux_chain_id: bool = ..., hash_param_bytes: _Optional[int] = ..., example_address: _Optional[str] = ...) -> None: ...

class CoinbaseTree(_message.Message):
    __slots__ = ["bits", "coinbase_payload", "coinbase_version", "lock_time", "merkle_branch", "required_outputs", "script_limit", "script_prefix", "trailer", "tx_blob", "tx_count", "version", "version_mask", "witness_reserved"]
    BITS_FIELD_NUMBER: _ClassVar[int]
    COINBASE_PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    COINBASE_VERSION_FIELD_NUMBER: _ClassVar[int]
    LOCK_TIME_FIELD_NUMBER: _ClassVar[int]
    MERKLE_BRANCH_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_OUTPUTS_FIELD_NUMBER: _ClassVar[int]
    SCRIPT_LIMIT_FIELD_NUMBER: _ClassVar[int]
    SCRIPT_PREFIX_FIELD_NUMBER: _ClassVar[int]
    TRAILER_FIELD_NUMBER: _ClassVar[int]
    TX_BLOB_FIELD_NUMBER: _ClassVar[int]
    TX_COUNT_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    VERSION_MASK_FIELD_NUMBER: _ClassVar[int]
    WITNESS_RESERVED_FIELD_NUMBER: _ClassVar[int]
    bits: int
    coinbase_payload: bytes
    coinbase_version: int
    lock_time: int
    merkle_branch: _containers.RepeatedScalarFieldContainer[bytes]
    required_outputs: _containers.RepeatedCompositeFieldContainer[Output]
    script_limit: int
    script_prefix: bytes
    trailer: bytes
    tx_blob: bytes
    tx_count: int
    version: int
    version_mask: int
    witness_reserved: bytes
    def __init__(self, version: _Optional[int] = ..., version_mask: _Optional[int] = ..., bits: _Optional[int] = ..., merkle_branch: _Optional[_Iterable[bytes]] = ..., coinbase_version: _Optional[int] = ..., script_prefix: _Optional[bytes] = ..., script_limit: _Optional[int] = ..., required_outputs: _Optional[_Iterable[_Union[Output, _Mapping]]] = ..., coinbase_payload: _Optional[bytes] = ..., lock_time: _Optional[int] = ..., witness_reserved: _Optional[bytes] = ..., tx_count: _Optional[int] = ..., tx_blob: _Optional[bytes] = ..., trailer: _Optional[bytes] = ...) -> None: ...

class DescribeRequest(_message.Message):
    __slots__ = ["host_minor"]
    HOST_MINOR_FIELD_NUMBER: _ClassVar[int]
    host_minor: int
    def __init__(self, host_minor: _Optional[int] = ...) -> None: ...

class DescribeResponse(_message.Message):
    __slots__ = ["api_minor", "coin", "driver", "networks", "roles", "settings_schema", "summary", "version"]
    API_MINOR_FIELD_NUMBER: _ClassVar[int]
    COIN_FIELD_NUMBER: _ClassVar[int]
    DRIVER_FIELD_NUMBER: _ClassVar[int]
    NETWORKS_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_SCHEMA_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    api_minor: int
    coin: CoinInfo
    driver: str
    networks: _containers.RepeatedScalarFieldContainer[str]
    roles: _containers.RepeatedScalarFieldContainer[Role]
    settings_schema: bytes
    summary: str
    version: str
    def __init__(self, api_minor: _Optional[int] = ..., driver: _Optional[str] = ..., version: _Optional[str] = ..., summary: _Optional[str] = ..., roles: _Optional[_Iterable[_Union[Role, str]]] = ..., coin: _Optional[_Union[CoinInfo, _Mapping]] = ..., networks: _Optional[_Iterable[str]] = ..., settings_schema: _Optional[bytes] = ...) -> None: ...

class FeePolicy(_message.Message):
    __slots__ = ["blocks", "max", "rate"]
    BLOCKS_FIELD_NUMBER: _ClassVar[int]
    MAX_FIELD_NUMBER: _ClassVar[int]
    RATE_FIELD_NUMBER: _ClassVar[int]
    blocks: int
    max: int
    rate: int
    def __init__(self, rate: _Optional[int] = ..., blocks: _Optional[int] = ..., max: _Optional[int] = ...) -> None: ...

class FundsRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class FundsResponse(_message.Message):
    __slots__ = ["amount", "refusal"]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    amount: int
    refusal: WalletRefusal
    def __init__(self, amount: _Optional[int] = ..., refusal: _Optional[_Union[WalletRefusal, _Mapping]] = ...) -> None: ...

class HashBatchRequest(_message.Message):
    __slots__ = ["hash_param", "header_size", "headers"]
    HASH_PARAM_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    HEADER_SIZE_FIELD_NUMBER: _ClassVar[int]
    hash_param: bytes
    header_size: int
    headers: bytes
    def __init__(self, header_size: _Optional[int] = ..., headers: _Optional[bytes] = ..., hash_param: _Optional[bytes] = ...) -> None: ...

class HashBatchResponse(_message.Message):
    __slots__ = ["hashes"]
    HASHES_FIELD_NUMBER: _ClassVar[int]
    hashes: bytes
    def __init__(self, hashes: _Optional[bytes] = ...) -> None: ...

class HeaderBlob(_message.Message):
    __slots__ = ["extranonce_offset", "extranonce_size", "hash_param", "header", "nonce_offset", "nonce_size", "opaque"]
    EXTRANONCE_OFFSET_FIELD_NUMBER: _ClassVar[int]
    EXTRANONCE_SIZE_FIELD_NUMBER: _ClassVar[int]
    HASH_PARAM_FIELD_NUMBER: _ClassVar[int]
    HEADER_FIELD_NUMBER: _ClassVar[int]
    NONCE_OFFSET_FIELD_NUMBER: _ClassVar[int]
    NONCE_SIZE_FIELD_NUMBER: _ClassVar[int]
    OPAQUE_FIELD_NUMBER: _ClassVar[int]
    extranonce_offset: int
    extranonce_size: int
    hash_param: bytes
    header: bytes
    nonce_offset: int
    nonce_size: int
    opaque: bytes
    def __init__(self, header: _Optional[bytes] = ..., nonce_offset: _Optional[int] = ..., nonce_size: _Optional[int] = ..., extranonce_offset: _Optional[int] = ..., extranonce_size: _Optional[int] = ..., hash_param: _Optional[bytes] = ..., opaque: _Optional[bytes] = ...) -> None: ...

class NodeHealth(_message.Message):
    __slots__ = ["height", "message", "missed", "news", "node", "peers", "state", "tip", "version"]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    MISSED_FIELD_NUMBER: _ClassVar[int]
    NEWS_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    PEERS_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    TIP_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    height: int
    message: str
    missed: int
    news: str
    node: str
    peers: int
    state: HealthState
    tip: bytes
    version: str
    def __init__(self, node: _Optional[str] = ..., state: _Optional[_Union[HealthState, str]] = ..., message: _Optional[str] = ..., height: _Optional[int] = ..., peers: _Optional[int] = ..., version: _Optional[str] = ..., news: _Optional[str] = ..., tip: _Optional[bytes] = ..., missed: _Optional[int] = ...) -> None: ...

class OpenRequest(_message.Message):
    __slots__ = ["host_minor", "instance", "network", "settings_json"]
    HOST_MINOR_FIELD_NUMBER: _ClassVar[int]
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    NETWORK_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_JSON_FIELD_NUMBER: _ClassVar[int]
    host_minor: int
    instance: str
    network: str
    settings_json: bytes
    def __init__(self, instance: _Optional[str] = ..., network: _Optional[str] = ..., settings_json: _Optional[bytes] = ..., host_minor: _Optional[int] = ...) -> None: ...

class OpenResponse(_message.Message):
    __slots__ = ["coin", "problems"]
    COIN_FIELD_NUMBER: _ClassVar[int]
    PROBLEMS_FIELD_NUMBER: _ClassVar[int]
    coin: CoinInfo
    problems: _containers.RepeatedCompositeFieldContainer[Problem]
    def __init__(self, coin: _Optional[_Union[CoinInfo, _Mapping]] = ..., problems: _Optional[_Iterable[_Union[Problem, _Mapping]]] = ...) -> None: ...

class Output(_message.Message):
    __slots__ = ["script", "value"]
    SCRIPT_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    script: bytes
    value: int
    def __init__(self, value: _Optional[int] = ..., script: _Optional[bytes] = ...) -> None: ...

class OutputCommitment(_message.Message):
    __slots__ = ["max_after", "script", "weight"]
    MAX_AFTER_FIELD_NUMBER: _ClassVar[int]
    SCRIPT_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    max_after: int
    script: bytes
    weight: int
    def __init__(self, script: _Optional[bytes] = ..., weight: _Optional[int] = ..., max_after: _Optional[int] = ...) -> None: ...

class Payment(_message.Message):
    __slots__ = ["address", "amount"]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    address: str
    amount: int
    def __init__(self, address: _Optional[str] = ..., amount: _Optional[int] = ...) -> None: ...

class PaymentStatusRequest(_message.Message):
    __slots__ = ["payments", "raw"]
    PAYMENTS_FIELD_NUMBER: _ClassVar[int]
    RAW_FIELD_NUMBER: _ClassVar[int]
    payments: _containers.RepeatedCompositeFieldContainer[Payment]
    raw: bytes
    def __init__(self, raw: _Optional[bytes] = ..., payments: _Optional[_Iterable[_Union[Payment, _Mapping]]] = ...) -> None: ...

class PaymentStatusResponse(_message.Message):
    __slots__ = ["by", "confirmations", "refusal", "same", "state"]
    BY_FIELD_NUMBER: _ClassVar[int]
    CONFIRMATIONS_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    SAME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    by: str
    confirmations: int
    refusal: WalletRefusal
    same: int
    state: PaymentState
    def __init__(self, state: _Optional[_Union[PaymentState, str]] = ..., confirmations: _Optional[int] = ..., by: _Optional[str] = ..., same: _Optional[int] = ..., refusal: _Optional[_Union[WalletRefusal, _Mapping]] = ...) -> None: ...

class PreparePaymentRequest(_message.Message):
    __slots__ = ["fee", "payments"]
    FEE_FIELD_NUMBER: _ClassVar[int]
    PAYMENTS_FIELD_NUMBER: _ClassVar[int]
    fee: FeePolicy
    payments: _containers.RepeatedCompositeFieldContainer[Payment]
    def __init__(self, payments: _Optional[_Iterable[_Union[Payment, _Mapping]]] = ..., fee: _Optional[_Union[FeePolicy, _Mapping]] = ...) -> None: ...

class PreparePaymentResponse(_message.Message):
    __slots__ = ["fee", "raw", "refusal", "txid"]
    FEE_FIELD_NUMBER: _ClassVar[int]
    RAW_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    TXID_FIELD_NUMBER: _ClassVar[int]
    fee: int
    raw: bytes
    refusal: WalletRefusal
    txid: str
    def __init__(self, txid: _Optional[str] = ..., raw: _Optional[bytes] = ..., fee: _Optional[int] = ..., refusal: _Optional[_Union[WalletRefusal, _Mapping]] = ...) -> None: ...

class Problem(_message.Message):
    __slots__ = ["message", "path"]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    message: str
    path: str
    def __init__(self, path: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class ReserveInputsRequest(_message.Message):
    __slots__ = ["open"]
    OPEN_FIELD_NUMBER: _ClassVar[int]
    open: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, open: _Optional[_Iterable[bytes]] = ...) -> None: ...

class ReserveInputsResponse(_message.Message):
    __slots__ = ["refusal"]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    refusal: WalletRefusal
    def __init__(self, refusal: _Optional[_Union[WalletRefusal, _Mapping]] = ...) -> None: ...

class SendPaymentRequest(_message.Message):
    __slots__ = ["raw"]
    RAW_FIELD_NUMBER: _ClassVar[int]
    raw: bytes
    def __init__(self, raw: _Optional[bytes] = ...) -> None: ...

class SendPaymentResponse(_message.Message):
    __slots__ = ["refusal"]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    refusal: WalletRefusal
    def __init__(self, refusal: _Optional[_Union[WalletRefusal, _Mapping]] = ...) -> None: ...

class Slot(_message.Message):
    __slots__ = ["chain_id"]
    CHAIN_ID_FIELD_NUMBER: _ClassVar[int]
    chain_id: int
    def __init__(self, chain_id: _Optional[int] = ...) -> None: ...

class StreamAuxWorkRequest(_message.Message):
    __slots__ = ["has_tip", "parent_hash", "parent_height"]
    HAS_TIP_FIELD_NUMBER: _ClassVar[int]
    PARENT_HASH_FIELD_NUMBER: _ClassVar[int]
    PARENT_HEIGHT_FIELD_NUMBER: _ClassVar[int]
    has_tip: bool
    parent_hash: bytes
    parent_height: int
    def __init__(self, has_tip: bool = ..., parent_hash: _Optional[bytes] = ..., parent_height: _Optional[int] = ...) -> None: ...

class StreamAuxWorkResponse(_message.Message):
    __slots__ = ["bits", "depends_on_parent", "extra_outputs", "hash", "heard_unix_ns", "height", "id", "node", "opaque", "output", "parent_hash", "prev_hash", "reward", "rules", "slot", "source", "target"]
    BITS_FIELD_NUMBER: _ClassVar[int]
    DEPENDS_ON_PARENT_FIELD_NUMBER: _ClassVar[int]
    EXTRA_OUTPUTS_FIELD_NUMBER: _ClassVar[int]
    HASH_FIELD_NUMBER: _ClassVar[int]
    HEARD_UNIX_NS_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    OPAQUE_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_FIELD_NUMBER: _ClassVar[int]
    PARENT_HASH_FIELD_NUMBER: _ClassVar[int]
    PREV_HASH_FIELD_NUMBER: _ClassVar[int]
    REWARD_FIELD_NUMBER: _ClassVar[int]
    RULES_FIELD_NUMBER: _ClassVar[int]
    SLOT_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    bits: int
    depends_on_parent: bool
    extra_outputs: _containers.RepeatedCompositeFieldContainer[Output]
    hash: bytes
    heard_unix_ns: int
    height: int
    id: int
    node: str
    opaque: bytes
    output: OutputCommitment
    parent_hash: bytes
    prev_hash: bytes
    reward: int
    rules: AuxRules
    slot: Slot
    source: str
    target: bytes
    def __init__(self, id: _Optional[int] = ..., hash: _Optional[bytes] = ..., prev_hash: _Optional[bytes] = ..., height: _Optional[int] = ..., bits: _Optional[int] = ..., target: _Optional[bytes] = ..., reward: _Optional[int] = ..., node: _Optional[str] = ..., source: _Optional[str] = ..., opaque: _Optional[bytes] = ..., slot: _Optional[_Union[Slot, _Mapping]] = ..., output: _Optional[_Union[OutputCommitment, _Mapping]] = ..., extra_outputs: _Optional[_Iterable[_Union[Output, _Mapping]]] = ..., rules: _Optional[_Union[AuxRules, _Mapping]] = ..., depends_on_parent: bool = ..., heard_unix_ns: _Optional[int] = ..., parent_hash: _Optional[bytes] = ...) -> None: ...

class StreamHealthRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class StreamHealthResponse(_message.Message):
    __slots__ = ["height", "message", "nodes", "state", "tip"]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    NODES_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    TIP_FIELD_NUMBER: _ClassVar[int]
    height: int
    message: str
    nodes: _containers.RepeatedCompositeFieldContainer[NodeHealth]
    state: HealthState
    tip: bytes
    def __init__(self, state: _Optional[_Union[HealthState, str]] = ..., message: _Optional[str] = ..., height: _Optional[int] = ..., tip: _Optional[bytes] = ..., nodes: _Optional[_Iterable[_Union[NodeHealth, _Mapping]]] = ...) -> None: ...

class StreamTemplatesRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class StreamTemplatesResponse(_message.Message):
    __slots__ = ["coinbase_tree", "fees", "header_blob", "heard_unix_ns", "height", "id", "max_time", "min_time", "node", "prev_hash", "reason", "reward", "source", "target", "time"]
    COINBASE_TREE_FIELD_NUMBER: _ClassVar[int]
    FEES_FIELD_NUMBER: _ClassVar[int]
    HEADER_BLOB_FIELD_NUMBER: _ClassVar[int]
    HEARD_UNIX_NS_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    MAX_TIME_FIELD_NUMBER: _ClassVar[int]
    MIN_TIME_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    PREV_HASH_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REWARD_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    coinbase_tree: CoinbaseTree
    fees: int
    header_blob: HeaderBlob
    heard_unix_ns: int
    height: int
    id: int
    max_time: int
    min_time: int
    node: str
    prev_hash: bytes
    reason: Reason
    reward: int
    source: str
    target: bytes
    time: int
    def __init__(self, id: _Optional[int] = ..., reason: _Optional[_Union[Reason, str]] = ..., height: _Optional[int] = ..., prev_hash: _Optional[bytes] = ..., target: _Optional[bytes] = ..., reward: _Optional[int] = ..., fees: _Optional[int] = ..., time: _Optional[int] = ..., min_time: _Optional[int] = ..., max_time: _Optional[int] = ..., node: _Optional[str] = ..., source: _Optional[str] = ..., coinbase_tree: _Optional[_Union[CoinbaseTree, _Mapping]] = ..., header_blob: _Optional[_Union[HeaderBlob, _Mapping]] = ..., heard_unix_ns: _Optional[int] = ...) -> None: ...

class SubmitAuxRequest(_message.Message):
    __slots__ = ["branch", "chain_branch", "chain_index", "coinbase", "coinbase_stripped", "hash", "height", "node", "opaque", "output_offset", "parent_hash", "parent_header", "tx_count", "work_id"]
    BRANCH_FIELD_NUMBER: _ClassVar[int]
    CHAIN_BRANCH_FIELD_NUMBER: _ClassVar[int]
    CHAIN_INDEX_FIELD_NUMBER: _ClassVar[int]
    COINBASE_FIELD_NUMBER: _ClassVar[int]
    COINBASE_STRIPPED_FIELD_NUMBER: _ClassVar[int]
    HASH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    OPAQUE_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_OFFSET_FIELD_NUMBER: _ClassVar[int]
    PARENT_HASH_FIELD_NUMBER: _ClassVar[int]
    PARENT_HEADER_FIELD_NUMBER: _ClassVar[int]
    TX_COUNT_FIELD_NUMBER: _ClassVar[int]
    WORK_ID_FIELD_NUMBER: _ClassVar[int]
    branch: _containers.RepeatedScalarFieldContainer[bytes]
    chain_branch: _containers.RepeatedScalarFieldContainer[bytes]
    chain_index: int
    coinbase: bytes
    coinbase_stripped: bytes
    hash: bytes
    height: int
    node: str
    opaque: bytes
    output_offset: int
    parent_hash: bytes
    parent_header: bytes
    tx_count: int
    work_id: int
    def __init__(self, work_id: _Optional[int] = ..., node: _Optional[str] = ..., hash: _Optional[bytes] = ..., height: _Optional[int] = ..., opaque: _Optional[bytes] = ..., parent_hash: _Optional[bytes] = ..., parent_header: _Optional[bytes] = ..., coinbase: _Optional[bytes] = ..., coinbase_stripped: _Optional[bytes] = ..., branch: _Optional[_Iterable[bytes]] = ..., tx_count: _Optional[int] = ..., chain_branch: _Optional[_Iterable[bytes]] = ..., chain_index: _Optional[int] = ..., output_offset: _Optional[int] = ...) -> None: ...

class SubmitAuxResponse(_message.Message):
    __slots__ = ["verdict"]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    verdict: Verdict
    def __init__(self, verdict: _Optional[_Union[Verdict, _Mapping]] = ...) -> None: ...

class SubmitBlockRequest(_message.Message):
    __slots__ = ["block", "hash", "height", "opaque", "prev_hash", "template_id"]
    BLOCK_FIELD_NUMBER: _ClassVar[int]
    HASH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    OPAQUE_FIELD_NUMBER: _ClassVar[int]
    PREV_HASH_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_ID_FIELD_NUMBER: _ClassVar[int]
    block: bytes
    hash: bytes
    height: int
    opaque: bytes
    prev_hash: bytes
    template_id: int
    def __init__(self, template_id: _Optional[int] = ..., height: _Optional[int] = ..., hash: _Optional[bytes] = ..., prev_hash: _Optional[bytes] = ..., block: _Optional[bytes] = ..., opaque: _Optional[bytes] = ...) -> None: ...

class SubmitBlockResponse(_message.Message):
    __slots__ = ["verdict"]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    verdict: Verdict
    def __init__(self, verdict: _Optional[_Union[Verdict, _Mapping]] = ...) -> None: ...

class ValidateAddressRequest(_message.Message):
    __slots__ = ["address"]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    address: str
    def __init__(self, address: _Optional[str] = ...) -> None: ...

class ValidateAddressResponse(_message.Message):
    __slots__ = ["canonical", "reason", "script", "valid"]
    CANONICAL_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    SCRIPT_FIELD_NUMBER: _ClassVar[int]
    VALID_FIELD_NUMBER: _ClassVar[int]
    canonical: str
    reason: str
    script: bytes
    valid: bool
    def __init__(self, valid: bool = ..., reason: _Optional[str] = ..., canonical: _Optional[str] = ..., script: _Optional[bytes] = ...) -> None: ...

class Verdict(_message.Message):
    __slots__ = ["code", "node", "reason"]
    CODE_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    code: VerdictCode
    node: str
    reason: str
    def __init__(self, code: _Optional[_Union[VerdictCode, str]] = ..., reason: _Optional[str] = ..., node: _Optional[str] = ...) -> None: ...

class VerifyMessageRequest(_message.Message):
    __slots__ = ["address", "message", "signature"]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    address: str
    message: bytes
    signature: str
    def __init__(self, address: _Optional[str] = ..., message: _Optional[bytes] = ..., signature: _Optional[str] = ...) -> None: ...

class VerifyMessageResponse(_message.Message):
    __slots__ = ["reason", "verdict"]
    REASON_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    reason: str
    verdict: MessageVerdict
    def __init__(self, verdict: _Optional[_Union[MessageVerdict, str]] = ..., reason: _Optional[str] = ...) -> None: ...

class WalletRefusal(_message.Message):
    __slots__ = ["code", "reason"]
    CODE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    code: WalletRefusalCode
    reason: str
    def __init__(self, code: _Optional[_Union[WalletRefusalCode, str]] = ..., reason: _Optional[str] = ...) -> None: ...

class Role(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class Reason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class VerdictCode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class BlockState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class HealthState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class WalletRefusalCode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class PaymentState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class MessageVerdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []
