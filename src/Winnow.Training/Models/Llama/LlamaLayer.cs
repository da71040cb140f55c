using TorchSharp.Modules;
using Winnow.Networks.Graphs;
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

    /// <summary>The same in a graph.</summary>
    /// <param name="graph">Takes the operators.</param>
    /// <param name="input">[texts, tokens, width].</param>
    /// <param name="cosines">[tokens, numbers a head].</param>
    /// <param name="sines">[tokens, numbers a head].</param>
    /// <param name="mask">[tokens, tokens].</param>
    public GraphValue Describe(IGraphBuilder graph, GraphValue input, GraphValue cosines, GraphValue sines, GraphValue mask)
    {
        var x = graph.Add(input, _attention.Describe(graph.Within("self_attn"), graph.Call("input_layernorm", input), cosines, sines, mask));
        return graph.Add(x, graph.Call("mlp", graph.Call("post_attention_layernorm", x)));
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

        public GraphValue Describe(IGraphBuilder graph, GraphValue input, GraphValue cosines, GraphValue sines, GraphValue mask)
        {
            var query = Rotate(Split("q_proj", _heads));
            var (key, value) = (Rotate(Split("k_proj", _shared)), Split("v_proj", _shared));
            if (_shared < _heads)
            {
                (key, value) = (Share(key), Share(value));
            }

            var mixed = graph.Attention(query, key, value, _size, mask);
            return graph.Call("o_proj", graph.Reshape(graph.Permute(mixed, 0, 2, 1, 3), 0, 0, _heads * _size));

            GraphValue Split(string layer, int heads) => graph.Permute(graph.Reshape(graph.Call(layer, input), 0, 0, heads, _size), 0, 2, 1, 3);

            GraphValue Rotate(GraphValue x)
            {
                var half = _size / 2;
                var turned = graph.Concat(3, graph.Each("Neg", graph.Slice(x, 3, half, _size)), graph.Slice(x, 3, 0, half));
                return graph.Add(graph.Mul(x, cosines), graph.Mul(turned, sines));
            }

            GraphValue Share(GraphValue x)
            {
                var apart = graph.Operator("Unsqueeze", 5, [x, graph.Whole([2])]);
                var repeated = graph.Operator("Expand", 5, [apart, graph.Whole([1, 1, _heads / _shared, 1, 1])]);
                return graph.Reshape(repeated, 0, _heads, -1, _size);
            }
        }
    }

    private sealed class FeedForward : nn.Module<Tensor, Tensor>, IGraphModule
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

        public GraphValue Describe(IGraphBuilder graph, GraphValue input) => graph.Call("down_proj", graph.Mul(graph.Silu(graph.Call("gate_proj", input)), graph.Call("up_proj", input)));
    }
}

/// <summary>Numbers over the root of their mean square, times a weight each (Zhang and Sennrich, Root Mean Square Layer Normalization, NeurIPS 2019).</summary>
internal sealed class RmsNorm : nn.Module<Tensor, Tensor>, IGraphModule
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

    public GraphValue Describe(IGraphBuilder graph, GraphValue input)
    {
        var spread = graph.Add(graph.Mean(graph.Mul(input, input), [input.Rank - 1], keep: true), graph.Number(_epsilon));
        return graph.Mul(graph.Div(input, graph.Each("Sqrt", spread)), graph.State("weight"));
    }
}
