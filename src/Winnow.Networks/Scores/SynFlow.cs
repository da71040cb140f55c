using Winnow.Catalog;
using static TorchSharp.torch;

namespace Winnow.Networks.Scores;

public static partial class WeightScoreCatalog
{
    /// <summary>Synaptic flow.</summary>
    public static Method<IWeightScore> SynFlow => new("synflow",
        "How much flows through the weight when all weights are positive and the input is ones; to be asked for in many rounds.",
        "Tanaka et al., Pruning neural networks without any data by iteratively conserving synaptic flow, NeurIPS 2020",
        [NormaliseParameter],
        static p => Normalised(p, new SynFlowScore()));
}

/// <summary>
/// |w| · ∂R/∂|w| with R the sum of the outputs for an input of ones, all parameters and floating-point buffers replaced by their magnitudes, in eval mode, as the paper's program has it: the network is
/// linear and positive then. Each layer's scores add up to the same flow (without biases), which is why rounds (<see cref="IterativeSelection"/>) never empty a layer.
/// Parameters, buffers and the mode are put back to the bit before it returns, also after an error. The network is run by libtorch,
/// whose convolutions sum in an order that depends on the number of threads: the same bits at a fixed number.
/// </summary>
public sealed record SynFlowScore : IWeightScore
{
    /// <inheritdoc/>
    public ScoreEvidence Needs => ScoreEvidence.Network;

    /// <inheritdoc/>
    public float[][] Score(ScoreInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var (network, sample) = (input.Network!, input.Sample!);
        using var scope = NewDisposeScope();
        var training = network.training;
        using var saved = new SavedState(network);
        try
        {
            network.eval();
            saved.MakePositive();
            using var one = ones([1, .. sample.shape.AsSpan(1)], sample.is_floating_point() ? sample.dtype : ScalarType.Float32, sample.device);
            var gradients = input.Differentiate(() => network.call(one).sum(), createGraph: false);
            var scores = gradients.Select((gradient, k) => Products.Of(input.Values(k), ScoreInput.Singles(gradient))).ToArray();
            for (var k = 0; k < scores.Length; k++)
            {
                if (Array.FindIndex(scores[k], static score => !float.IsFinite(score)) is var at && at >= 0)
                {
                    throw new NetworkPruningException($"the flow through {input.Weights[k].Name} at {at} is more than float32 holds; in deep networks of positive weights it grows with each layer. Scale the weights down or take another score.");
                }
            }

            return scores;
        }
        finally
        {
            saved.Restore();
            network.train(training);
        }
    }

    private sealed class SavedState : IDisposable
    {
        private readonly List<(Tensor Own, Tensor Copy)> _state = [];

        public SavedState(nn.Module network)
        {
            using var silent = no_grad();
            var seen = new HashSet<IntPtr>();
            foreach (var own in network.named_parameters().Select(static p => (Tensor)p.parameter).Concat(network.named_buffers().Select(static b => b.buffer)))
            {
                if (own.is_floating_point() && seen.Add(own.Handle))
                {
                    _state.Add((own, own.detach().clone().DetachFromDisposeScope()));
                }
            }
        }

        public void MakePositive()
        {
            using var silent = no_grad();
            foreach (var (own, _) in _state)
            {
                own.abs_();
            }
        }

        public void Restore()
        {
            using var silent = no_grad();
            foreach (var (own, copy) in _state)
            {
                own.copy_(copy);
            }
        }

        public void Dispose()
        {
            foreach (var (_, copy) in _state)
            {
                copy.Dispose();
            }
        }
    }
}
