using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Winnow.Training.Models.Llama;

/// <summary>A layer: attention and a gated feed-forward part (Shazeer, GLU Variants Improve Transformer, 2020: SwiGLU), each behind a normalisation and beside a shortcut.</summary>
internal sealed class LlamaLayer : nn.Module
{
    /// <summary>The standard deviation that matrices are drawn with.</summary>
    public const double InitialSpread = 0.02;

    private readonly RmsNorm _beforeAttention, _beforeFeedForward;
    private readonly Attention _attention;
    private readonly FeedForward _feedForward;

    public LlamaLayer(LlamaConfig config)
        : base(nameof(LlamaLayer))
    {
        register_module("self_attn", _attention = new Attention(config));
        register_module("mlp", _feedForward = new FeedForward(config));
        register_module("input_layernorm", _beforeAttention = new RmsNorm(config.HiddenSize, config.NormEpsilon));
        register_module("post_attention_layernorm", _beforeFeedForward = new RmsNorm(config.HiddenSize, config.NormEpsilon));
    }

    /// <summary>[texts, tokens, width] to the same.</summary>
    /// <param name="input">What came before.</param>
    /// <param name="cosines">Of the rotations, [tokens, numbers a head].</param>
    /// <param name="sines">Of the rotations, [tokens, numbers a head].</param>
    public Tensor Pass(Tensor input, Tensor cosines, Tensor sines)
    {
        using var scope = NewDisposeScope();
        var x = input + _attention.Pass(_beforeAttention.forward(input), cosines, sines);
        return (x + _feedForward.forward(_beforeFeedForward.forward(x))).MoveToOuterDisposeScope();
    }

    /// <summary>A matrix without a bias, drawn as Hugging Face's are.</summary>
    public static Linear Dense(int from, int to)
    {
        var linear = nn.Linear(from, to, hasBias: false);
        using var silent = no_grad();
        nn.init.normal_(linear.weight!, 0, InitialSpread);
        return linear;
    }

    private sealed class Attention : nn.Module
    {
        private readonly Linear _query, _key, _value, _output;
        private readonly int _heads, _shared, _size;

        public Attention(LlamaConfig config)
            : base(nameof(Attention))
        {
            (_heads, _shared, _size) = (config.Heads, config.KeyValueHeads, config.HeadSize);
            register_module("q_proj", _query = Dense(config.HiddenSize, _heads * _size));
            register_module("k_proj", _key = Dense(config.HiddenSize, _shared * _size));
            register_module("v_proj", _value = Dense(config.HiddenSize, _shared * _size));
            register_module("o_proj", _output = Dense(_heads * _size, config.HiddenSize));
        }

        public Tensor Pass(Tensor input, Tensor cosines, Tensor sines)
        {
            using var scope = NewDisposeScope();
            var (texts, tokens) = (input.size(0), input.size(1));
            var query = Rotate(Split(_query, _heads));
            var (key, value) = (Rotate(Split(_key, _shared)), Split(_value, _shared));
            if (_shared < _heads)
            {
                (key, value) = (Share(key), Share(value));
            }

            var mixed = nn.functional.scaled_dot_product_attention(query, key, value, is_casual: true);
            return _output.forward(mixed.transpose(1, 2).reshape(texts, tokens, _heads * _size)).MoveToOuterDisposeScope();

            // [texts, heads, tokens, numbers a head]
            Tensor Split(Linear layer, int heads) => layer.forward(input).view(texts, tokens, heads, _size).transpose(1, 2);

            // The number k of a head is turned together with the number k + half.
            Tensor Rotate(Tensor x)
            {
                var half = _size / 2;
                return (x * cosines) + (cat([x.narrow(3, half, half).neg(), x.narrow(3, 0, half)], 3) * sines);
            }

            // Each for as many heads in a row as share it.
            Tensor Share(Tensor x) => x.unsqueeze(2).expand(texts, _shared, _heads / _shared, tokens, _size).reshape(texts, _heads, tokens, _size);
        }
    }

    private sealed class FeedForward : nn.Module<Tensor, Tensor>
    {
        private readonly Linear _gate, _up, _down;

        public FeedForward(LlamaConfig config)
            : base(nameof(FeedForward))
        {
            register_module("gate_proj", _gate = Dense(config.HiddenSize, config.IntermediateSize));
            register_module("up_proj", _up = Dense(config.HiddenSize, config.IntermediateSize));
            register_module("down_proj", _down = Dense(config.IntermediateSize, config.HiddenSize));
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            return _down.forward(nn.functional.silu(_gate.forward(input)) * _up.forward(input)).MoveToOuterDisposeScope();
        }
    }
}

/// <summary>Numbers over the root of their mean square, times a weight each (Zhang and Sennrich, Root Mean Square Layer Normalization, NeurIPS 2019).</summary>
internal sealed class RmsNorm : nn.Module<Tensor, Tensor>
{
    private readonly Parameter _weight;
    private readonly double _epsilon;

    public RmsNorm(int width, double epsilon)
        : base(nameof(RmsNorm))
    {
        _epsilon = epsilon;
        register_parameter("weight", _weight = new Parameter(ones(width).DetachFromDisposeScope()));
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();

        // In float32, whatever the precision around it.
        var x = input.to(ScalarType.Float32);
        return (x * (x.square().mean([-1L], keepdim: true) + _epsilon).rsqrt() * _weight).MoveToOuterDisposeScope();
    }
}
