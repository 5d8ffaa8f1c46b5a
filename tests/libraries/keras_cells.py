"""Cells of Keras as people write them, with layers, weights and norms of their own."""

import keras
from keras import ops


class GatedCell(keras.layers.Layer):
    """Layers as attributes and in a list, a weight without a name, a norm, one weight that is not trained."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = units
        self.gate = keras.layers.Dense(units, activation="sigmoid")
        self.stack = [keras.layers.Dense(units, activation="gelu"), keras.layers.Dense(units, use_bias=False)]
        self.norm = keras.layers.LayerNormalization()
        self.dropout = keras.layers.Dropout(0.3)

    def build(self, input_shape):
        self.decay = self.add_weight(shape=(self.units,), initializer="zeros")
        self.scale = self.add_weight(shape=(self.units,), initializer="ones", trainable=False, name="scale")
        self.built = True

    def call(self, inputs, states, training=False):
        h = states[0]
        z = self.gate(ops.concatenate([inputs, h], axis=-1))
        candidate = inputs
        for layer in self.stack:
            candidate = layer(candidate)
        h = ops.exp(-ops.softplus(self.decay)) * z * h + (1 - z) * self.dropout(candidate, training=training)
        return self.norm(h) * self.scale, [h]
