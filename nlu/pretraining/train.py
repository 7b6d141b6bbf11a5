"""Pre-training of the encoder from packed arrays: masked morphemes and made questions, from the first step.

Needs torch, numpy and transformers alone. On the CPU each core runs a process of one thread: the
processes draw micro-batches from one counter until a step's share is done, so that a core that other
work slows down takes fewer, then add up their gradients. What micro-batch n of step s holds depends on
the seed, s and n only, so a run that was killed goes on to the same windows.

Optimized by Muon (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/) for the matrices of
the blocks and AdamW for the rest. The learning rate warms up, stays, and falls linearly over the last
steps of a run that says where it ends (Hu et al. 2024, arXiv:2404.06395): a run without an end can go on.
"""

from __future__ import annotations

import json
import logging
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from nlu.features import COMMON_TOKENS, commonest_ids
from nlu.pretraining.questions import QuestionConfig, QuestionMaker, Shard, Window, collate
from nlu.tokenizer import Tokenizer
from nlu.whole_file import write_whole

logger = logging.getLogger(__name__)

CHECKPOINTS_KEPT = 2


@dataclass(frozen=True)
class TrainConfig:
    """One pre-training run. Steps and lengths in tokens; learning rates are those after the warm-up."""

    hidden_size: int = 256
    num_hidden_layers: int = 6
    num_attention_heads: int = 4
    intermediate_size: int = 1024
    embedding_size: int = 128
    length: int = 128
    windows_per_micro_batch: int = 36
    micro_batches_per_step: int = 6
    matrix_learning_rate: float = 0.02
    learning_rate: float = 2e-3
    weight_decay: float = 0.01
    warmup_steps: int = 100
    decay_steps: int = 0
    total_steps: int | None = None
    span_weight: float = 1.0
    seed: int = 1
    checkpoint_every_s: float = 300.0
    validate_every_steps: int = 200
    validation_windows: int = 288

    def __post_init__(self) -> None:
        if self.total_steps is not None and self.decay_steps > self.total_steps:
            raise ValueError(f"decay_steps {self.decay_steps} exceeds total_steps {self.total_steps}")

    def learning_rate_share(self, step: int) -> float:
        """What share of the full learning rate step `step` (from 0) uses."""
        warm = min(1.0, (step + 1) / max(self.warmup_steps, 1))
        if self.total_steps is None or not self.decay_steps:
            return warm
        left = (self.total_steps - step) / self.decay_steps
        return warm * min(1.0, max(left, 0.0))

    @property
    def architecture(self) -> dict[str, int]:
        names = ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "embedding_size")
        return {name: getattr(self, name) for name in names}


def train(
    corpus: Path,
    out: Path,
    config: TrainConfig,
    *,
    start_from: Path | None = None,
    processes: int | None = None,
    max_seconds: float | None = None,
) -> None:
    """Train until `total_steps` or `max_seconds`; goes on from the newest checkpoint in `out`.

    `start_from` is a folder of weights (half precision will do) for a run without a checkpoint.
    Raises ValueError for a checkpoint of another architecture, FileNotFoundError without a corpus.
    """
    import torch

    if not (corpus / "train-00000.articles.npy").is_file():
        raise FileNotFoundError(f"{corpus} holds no packed arrays: `daedap train encoder prepare` writes them")
    out.mkdir(parents=True, exist_ok=True)
    use_cuda = torch.cuda.is_available()
    world = processes or (torch.cuda.device_count() if use_cuda else len(os.sched_getaffinity(0)))
    arguments = (world, corpus, out, config, start_from, max_seconds, _free_port())
    if world == 1:
        _worker(0, *arguments)
        return
    _configure_allocator()
    torch.multiprocessing.spawn(_worker, arguments, nprocs=world)


def _configure_allocator() -> None:
    """Let glibc keep large blocks: giving them back to the kernel after each operation costs half the time."""
    os.environ.setdefault("MALLOC_MMAP_THRESHOLD_", str(4 << 30))
    os.environ.setdefault("MALLOC_TRIM_THRESHOLD_", str(16 << 30))
    os.environ.setdefault("MALLOC_TOP_PAD_", str(256 << 20))
    os.environ.setdefault("OMP_NUM_THREADS", "1")


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Corpus:
    """The shards of a folder, looked up anew so that they may be written while training runs."""

    def __init__(self, folder: Path, split: str):
        self.folder, self.split = folder, split
        self.shards: dict[int, Shard] = {}

    def numbers(self) -> list[int]:
        return sorted(int(path.name.split("-")[1][:5]) for path in self.folder.glob(f"{self.split}-*.articles.npy"))

    def shard(self, number: int) -> Shard:
        if number not in self.shards:
            self.shards[number] = Shard.load(self.folder, self.split, number)
        return self.shards[number]


def _worker(
    rank: int,
    world: int,
    corpus: Path,
    out: Path,
    config: TrainConfig,
    start_from: Path | None,
    max_seconds: float | None,
    port: int,
) -> None:
    import torch
    from torch import distributed

    logging.basicConfig(level=logging.INFO if rank == 0 else logging.WARNING, format="%(asctime)s %(message)s")
    store = distributed.TCPStore("127.0.0.1", port, world, is_master=rank == 0)
    if world > 1:
        torch.set_num_threads(1)
        distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo", store=store, rank=rank, world_size=world)
    _Trainer(rank, world, corpus, out, config, start_from, store).run(max_seconds)
    if world > 1:
        distributed.destroy_process_group()


class _Trainer:
    def __init__(self, rank: int, world: int, corpus: Path, out: Path, config: TrainConfig, start_from: Path | None, store):
        import torch

        from nlu.encoder import EncoderConfig, EncoderForPreTraining, has_bfloat16

        self.rank, self.world, self.out, self.config, self.store = rank, world, out, config, store
        self.device = torch.device("cuda", rank) if torch.cuda.is_available() else torch.device("cpu")
        self.folder = corpus
        self.corpus, self.validation = Corpus(corpus, "train"), Corpus(corpus, "validation")
        self.tokenizer = Tokenizer.load(corpus)
        common = _common_ids(self.corpus, start_from)
        neighbours = corpus / "neighbours.npy"
        self.maker = QuestionMaker(self.tokenizer, np.array(common), np.load(neighbours) if neighbours.is_file() else None)
        torch.manual_seed(config.seed)
        model_config = EncoderConfig(vocab_size=len(self.tokenizer), common_ids=common, **config.architecture)
        if start_from is not None:
            self.model = EncoderForPreTraining.from_pretrained(start_from, dtype=torch.float32)
            if any(getattr(self.model.config, name) != value for name, value in config.architecture.items()):
                raise ValueError(f"{start_from} has another architecture than this configuration: {config.architecture}")
            if self.model.config.vocab_size != len(self.tokenizer):
                raise ValueError(f"{start_from} has {self.model.config.vocab_size} tokens, {corpus} {len(self.tokenizer)}")
        else:
            self.model = EncoderForPreTraining(model_config)
            start_from_vectors(self.model, corpus / "token_vectors.npy")
        self.model.to(self.device)
        self.optimizers = make_optimizers(self.model, config)
        self.step = self.tokens = 0
        self._resume()
        self.losses = torch.compile(self.model.losses)
        self.autocast = has_bfloat16(self.device.type)

    def run(self, max_seconds: float | None) -> None:
        config = self.config
        started = saved = time.monotonic()
        if self.rank == 0:
            parameters = sum(p.numel() for p in self.model.encoder.layers.parameters())
            logger.info(
                "from step %d to %s, %d processes on %s, %.2f M parameters in the blocks",
                self.step,
                config.total_steps or "the end of time",
                self.world,
                self.device,
                parameters / 1e6,
            )
        tokens_before, at = self.tokens, time.monotonic()
        while config.total_steps is None or self.step < config.total_steps:
            masked_lm, span, exact = self._train_step()
            now = time.monotonic()
            if self.rank == 0 and self.step % 10 == 0:
                rate = (self.tokens - tokens_before) / (now - at)
                tokens_before, at = self.tokens, now
                self._log(
                    {
                        "step": self.step,
                        "tokens": self.tokens,
                        "masked_lm": masked_lm,
                        "span": span,
                        "exact": exact,
                        "tokens_per_s": rate,
                    }
                )
            if self.step % config.validate_every_steps == 0 and self.rank == 0:
                self._log({"step": self.step, "tokens": self.tokens, "validation": self.validate()})
                tokens_before, at = self.tokens, time.monotonic()
            if self.rank == 0 and now - saved > config.checkpoint_every_s:
                self.save()
                saved = now
            if self._out_of_time(max_seconds, started):
                break
        if self.rank == 0:
            self.save()

    def _out_of_time(self, max_seconds: float | None, started: float) -> bool:
        """Whether to stop now; rank 0 decides for all."""
        if max_seconds is None:
            return False
        key = f"stop{self.step}"
        if self.rank == 0:
            self.store.set(key, str(int(time.monotonic() - started > max_seconds)))
        return self.store.get(key) == b"1"

    def _train_step(self) -> tuple[float, float, float]:
        import torch

        config = self.config
        sums = torch.zeros(3)
        self.model.train()
        while (index := self.store.add(f"step{self.step}", 1) - 1) < config.micro_batches_per_step:
            seed = (config.seed, self.step, index)
            masked_lm, span, exact = self._losses(
                self._windows(self.corpus, np.random.default_rng(seed), config.windows_per_micro_batch)
            )
            ((masked_lm + config.span_weight * span) / config.micro_batches_per_step).backward()
            sums += torch.tensor([masked_lm.item(), span.item(), exact.item() / config.windows_per_micro_batch])
        for parameter in self.model.parameters():
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        if self.world > 1:
            self._add_up(sums)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer, rate in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate * config.learning_rate_share(self.step)
            optimizer.step()
            optimizer.zero_grad(set_to_none=False)
        self.step += 1
        self.tokens += config.micro_batches_per_step * config.windows_per_micro_batch * config.length
        return tuple((sums / config.micro_batches_per_step).tolist())

    def _add_up(self, sums) -> None:
        """Sum the gradients and the losses over the processes."""
        import torch
        from torch import distributed

        gradients = [parameter.grad for parameter in self.model.parameters()]
        flat = torch.cat([gradient.flatten() for gradient in gradients] + [sums.to(self.device)])
        distributed.all_reduce(flat)
        at = 0
        for gradient in gradients:
            gradient.copy_(flat[at : at + gradient.numel()].view_as(gradient))
            at += gradient.numel()
        sums.copy_(flat[at:])

    def _windows(self, corpus: Corpus, rng: np.random.Generator, count: int) -> list[Window]:
        return draw_windows(self.maker, corpus, rng, count, self.config.length)

    def _losses(self, windows: list[Window]):
        import torch

        batch = collate(windows, QuestionConfig.mask_share)
        tensors = [torch.from_numpy(array).to(self.device) for array in batch]
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.autocast):
            return self.losses(*tensors)

    def validate(self) -> dict[str, float]:
        """Losses and share of exact spans on windows of held-out articles, the same every time."""
        import torch

        size = self.config.windows_per_micro_batch
        sums = np.zeros(3)
        batches = max(1, self.config.validation_windows // size)
        self.model.eval()
        with torch.no_grad():
            for index in range(batches):
                windows = self._windows(self.validation, np.random.default_rng((7, index)), size)
                masked_lm, span, exact = self._losses(windows)
                sums += (masked_lm.item(), span.item(), exact.item() / size)
        return dict(zip(("masked_lm", "span", "exact"), (sums / batches).round(4).tolist()))

    def _log(self, record: dict) -> None:
        logger.info(json.dumps(record))
        with (self.out / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps({"time": time.time(), **record}) + "\n")

    def save(self) -> None:
        """Write a checkpoint beside the older ones, then drop the oldest; a full disk leaves those there."""
        import torch

        state = {
            "config": asdict(self.config),
            "step": self.step,
            "tokens": self.tokens,
            "model": self.model.state_dict(),
            "model_config": self.model.config.to_dict(),
            "optimizers": [optimizer.state_dict() for optimizer, _ in self.optimizers],
        }
        path = self.out / f"checkpoint-{self.step:07}.pt"
        write_whole(path, lambda file: torch.save(state, file))
        for old in checkpoints(self.out)[:-CHECKPOINTS_KEPT]:
            old.unlink()

    def _resume(self) -> None:
        import torch

        found = checkpoints(self.out)
        if not found:
            return
        state = torch.load(found[-1], map_location=self.device)
        saved = TrainConfig(**state["config"]).architecture
        if saved != self.config.architecture:
            raise ValueError(f"{found[-1]} has the architecture {saved}, this run asks for {self.config.architecture}")
        vocabulary = state["model_config"]["vocab_size"]
        if vocabulary != len(self.tokenizer):
            raise ValueError(f"{found[-1]} has {vocabulary} tokens, the corpus {self.folder} {len(self.tokenizer)}")
        self.model.load_state_dict(state["model"])
        for (optimizer, _), saved_state in zip(self.optimizers, state["optimizers"]):
            optimizer.load_state_dict(saved_state)
        self.step, self.tokens = state["step"], state["tokens"]


def _common_ids(corpus: Corpus, start_from: Path | None) -> list[int]:
    """The commonest tokens: those the weights to start from were trained with, else those of the first shard."""
    if start_from is not None and (start_from / "config.json").is_file():
        known = json.loads((start_from / "config.json").read_text(encoding="utf-8")).get("common_ids")
        if known:
            return list(known)
    return commonest_ids([np.asarray(corpus.shard(0).ids)], COMMON_TOKENS)


def start_from_vectors(model, path: Path) -> None:
    """Give the tokens that have one their vector from the file of `nlu.pretraining.start_vectors`, if it is there."""
    import torch

    if path.is_file():
        vectors = torch.from_numpy(np.load(path))
        weight = model.encoder.word_embeddings.weight
        known = vectors.abs().sum(1) > 0
        with torch.no_grad():
            weight[known] = vectors[known] * model.config.initializer_range


def make_optimizers(model, config: TrainConfig) -> list[tuple]:
    """Muon for the matrices of the blocks, AdamW for the rest, each with its full learning rate."""
    import torch

    matrices, tables, vectors = [], [], []
    for name, parameter in model.named_parameters():
        if ".layers." in name and parameter.ndim == 2:
            matrices.append(parameter)
        else:
            (tables if parameter.ndim == 2 else vectors).append(parameter)
    muon = torch.optim.Muon(matrices, lr=config.matrix_learning_rate, weight_decay=config.weight_decay)
    groups = [{"params": tables, "weight_decay": config.weight_decay}, {"params": vectors, "weight_decay": 0.0}]
    adam = torch.optim.AdamW(groups, lr=config.learning_rate, betas=(0.9, 0.98), fused=True)
    return [(muon, config.matrix_learning_rate), (adam, config.learning_rate)]


def draw_windows(maker: QuestionMaker, corpus: Corpus, rng: np.random.Generator, count: int, length: int) -> list[Window]:
    """`count` windows out of random shards of the corpus; raises ValueError where no shard is long enough."""
    numbers = [number for number in corpus.numbers() if len(corpus.shard(number).ids) > 4 * length]
    if not numbers:
        wanted = f"no {corpus.split} shard of {corpus.folder} holds {4 * length} tokens"
        raise ValueError(f"{wanted}: give more text or shorter windows")
    return [maker.window(corpus.shard(numbers[int(rng.integers(len(numbers)))]), rng, length) for _ in range(count)]


def checkpoints(out: Path) -> list[Path]:
    """The checkpoints of a run, oldest first."""
    return sorted(out.glob("checkpoint-*.pt"))
