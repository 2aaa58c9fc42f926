"""Make a tokenizer of `transformers`, and weigh its words by whether they were written in good or in bad reviews."""

import json
from pathlib import Path

import numpy as np
from transformers import BertTokenizerFast

GOOD = ("a good film", "great and funny", "I love this great film", "good music and good actors")
BAD = ("a bad film", "boring and long", "I hate this boring film", "bad music and bad actors")
MODEL = Path(__file__).parent / "model"

words = dict.fromkeys(word.lower() for text in (*GOOD, *BAD) for word in text.split())
vocabulary = MODEL / "vocab.txt"
vocabulary.write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]) + "\n", encoding="utf-8")
tokenizer = BertTokenizerFast(str(vocabulary))
tokenizer.save_pretrained(MODEL)

weights = np.zeros(len(tokenizer))
for texts, sign in ((GOOD, 1.0), (BAD, -1.0)):
    for text in texts:
        np.add.at(weights, tokenizer(text, add_special_tokens=False)["input_ids"], sign)
(MODEL / "weights.json").write_text(json.dumps(weights.tolist()), encoding="utf-8")
