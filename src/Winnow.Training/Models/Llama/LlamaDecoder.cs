using TorchSharp;
using TorchSharp.Modules;
using Winnow.Networks.Graphs;
using Winnow.Torch;
using static TorchSharp.torch;

namespace Winnow.Training.Models.Llama;

/// <summary>
/// A decoder of Llama's kind with the tensor names of Hugging Face's LlamaForCausalLM. What comes after a token never reaches it, so that texts may be padded at their end by anything.
/// </summary>
internal sealed class LlamaDecoder : nn.Module, IGraphModule
{
    private readonly Body _body;
    private readonly Linear? _head;

    /// <param name="config">The shape.</param>
    /// <param name="longest">The longest text that will come, in tokens.</param>
    /// <param name="device">Where it is computed.</param>
    public LlamaDecoder(LlamaConfig config, int longest, Device device)
        : base(nameof(LlamaDecoder))
    {
        register_module("model", _body = new Body(config, longest, device));
        if (!config.TieEmbeddings)
        {
            register_module("lm_head", _head = LlamaLayer.Dense(config.HiddenSize, config.VocabularySize));
        }

        this.to(device);
    }

    /// <summary>What the layers make of texts, normalised: [texts, tokens, width].</summary>
    /// <param name="tokens">int64 [texts, tokens].</param>
    public Tensor Hidden(Tensor tokens) => _body.Hidden(tokens);

    /// <summary>What each token's successor is thought to be, before the softmax: [..., vocabulary].</summary>
    /// <param name="hidden">[..., width].</param>
    public Tensor Logits(Tensor hidden) => _head is null ? nn.functional.linear(hidden, _body.Embeddings) : _head.forward(hidden);

    /// <summary>int64 [texts, tokens] to [texts, tokens, vocabulary]; at most as many tokens as <c>longest</c>.</summary>
    public GraphValue Describe(IGraphBuilder graph, GraphValue input)
    {
        var hidden = _body.Describe(graph.Within("model"), input);
        return _head is null ? graph.MatMul(hidden, graph.Permute(graph.State("model.embed_tokens.weight"), 1, 0)) : graph.Call("lm_head", hidden);
    }

    private sealed class Body : nn.Module
    {
        private readonly EmbeddingTable _embed;
        private readonly ModuleList<LlamaLayer> _layers;
        private readonly RmsNorm _norm;

        // Cosines and sines, made from the shape and no part of what is saved: TorchSharp takes a field that is a tensor for a buffer.
        private readonly Tensor[] _rotations;

        public Body(LlamaConfig config, int longest, Device device)
            : base(nameof(Body))
        {
            register_module("embed_tokens", _embed = new EmbeddingTable(config.VocabularySize, config.HiddenSize, LlamaLayer.InitialSpread));
            register_module("layers", _layers = nn.ModuleList([.. Enumerable.Range(0, config.Layers).Select(_ => new LlamaLayer(config))]));
            register_module("norm", _norm = new RmsNorm(config.HiddenSize, config.NormEpsilon));

            _rotations = [.. new[] { Math.Cos, (Func<double, double>)Math.Sin }.Select(function => Rotations(config, longest, function).to(device).DetachFromDisposeScope())];
        }

        public Parameter Embeddings => _embed.Weight;

        public Tensor Hidden(Tensor tokens)
        {
            using var scope = NewDisposeScope();
            var length = tokens.size(1);
            var (cosines, sines) = (_rotations[0].narrow(0, 0, length), _rotations[1].narrow(0, 0, length));
            var x = _embed.forward(tokens);
            foreach (var layer in _layers)
            {
                x = layer.Pass(x, cosines, sines);
            }

            return _norm.forward(x).MoveToOuterDisposeScope();
        }

        public GraphValue Describe(IGraphBuilder graph, GraphValue tokens)
        {
            var length = graph.Slice(graph.Operator("Shape", 1, [tokens]), 0, 1, 2);
            var (cosines, sines) = (Table(_rotations[0], "cosines"), Table(_rotations[1], "sines"));

            // Minus infinity where a token would look at a later one, above the diagonal.
            var later = graph.Operator("Expand", 2, [graph.Number(double.NegativeInfinity), graph.Concat(0, length, length)]);
            using var one = tensor(1L);
            var mask = graph.Operator("Trilu", 2, [later, graph.Constant(one, "above")], ("upper", 1L));
            var x = graph.Call("embed_tokens", tokens);
            for (var k = 0; k < _layers.Count; k++)
            {
                x = _layers[k].Describe(graph.Within(FormattableString.Invariant($"layers.{k}")), x, cosines, sines, mask);
            }

            return graph.Call("norm", x);

            GraphValue Table(Tensor values, string name) => graph.Operator("Slice", 2, [graph.Constant(values, name), graph.Whole([0]), length, graph.Whole([0])]);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                Array.ForEach(_rotations, static table => table.Dispose());
            }

            base.Dispose(disposing);
        }

        /// <summary>
        /// A function of position times rate, [positions, numbers a head]: the rates fall from 1 to nearly 1 / theta over the first half of a head's numbers, and again over the second
        /// (Su et al., RoFormer, 2021, section 3.4, in the order that Hugging Face's weights are made for).
        /// </summary>
        private static Tensor Rotations(LlamaConfig config, int longest, Func<double, double> function)
        {
            var half = config.HeadSize / 2;
            var table = new float[longest * config.HeadSize];
            for (var position = 0; position < longest; position++)
            {
                for (var k = 0; k < config.HeadSize; k++)
                {
                    table[(position * config.HeadSize) + k] = (float)function(position * Math.Pow(config.RopeTheta, -(double)(k % half) / half));
                }
            }

            return TensorData.FromSpan<float>(table, longest, config.HeadSize);
        }
    }
}
