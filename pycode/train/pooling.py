"""A BERT classifier on the mean of its token vectors.

MiniLM was trained so that this mean says what a text is about; its first token was not. `transformers` offers the
mean for ModernBERT (``classifier_pooling``) but not for BERT.
"""

from typing import Any

from transformers import BertModel, BertPreTrainedModel
from transformers.modeling_outputs import SequenceClassifierOutput


class MeanPooledBertForSequenceClassification(BertPreTrainedModel):
    """BERT without its pooler, dropout, and one linear layer called ``classifier`` on the mean vector."""

    def __init__(self, config: Any) -> None:
        import torch

        super().__init__(config)
        self.num_labels = config.num_labels
        self.bert = BertModel(config, add_pooling_layer=False)
        self.dropout = torch.nn.Dropout(config.classifier_dropout or config.hidden_dropout_prob)
        self.classifier = torch.nn.Linear(config.hidden_size, config.num_labels)
        self.post_init()

    def forward(
        self, input_ids: Any = None, attention_mask: Any = None, **_: Any
    ) -> SequenceClassifierOutput:
        """Return logits (n × C); positions with mask 0 do not count."""
        hidden = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        weights = attention_mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * weights).sum(dim=1) / weights.sum(dim=1)
        return SequenceClassifierOutput(logits=self.classifier(self.dropout(mean)))
