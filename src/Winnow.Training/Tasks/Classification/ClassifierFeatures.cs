using System.Runtime.InteropServices;
using TorchSharp;
using Winnow.Data;
using Winnow.Records;
using Winnow.Torch;
using static TorchSharp.torch;

namespace Winnow.Training.Tasks.Classification;

/// <summary>
/// What the last layer of a trained classifier is given for each sample of a part, in their order and as they are, varied by nothing. Computed in float32 whatever the run was trained in.
/// </summary>
public sealed class ClassifierFeatures : IDisposable
{
    private readonly DisposeScope _scope;
    private readonly Network _network;
    private readonly IBatchReader _reader;
    private readonly ISampleReader _samples;
    private float[] _seen = [];
    private int _next;

    /// <summary>Makes ready.</summary>
    /// <param name="task">What the network was trained for; a model of the catalogue.</param>
    /// <param name="weights">The trained weights, as <see cref="Models.WeightsFile.Read"/> gives them.</param>
    /// <param name="place">Where they are from, for messages.</param>
    /// <param name="test">Whether the test part is meant; else the training part.</param>
    /// <param name="device">Where is computed.</param>
    /// <exception cref="RecipeException">The weights are another model's, or the network comes from a TorchScript file, whose last layer nobody knows.</exception>
    public ClassifierFeatures(ClassificationTask task, IReadOnlyList<WeightArray> weights, string place, bool test, Device device)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(weights);
        if (task.Script is not null)
        {
            throw new RecipeException($"{task.ModelName} is a network from a TorchScript file, of which nobody knows what its last layer is given; export it to ONNX without that layer, or train a model of the catalogue.");
        }

        Count = test ? task.Data.Test.Count : task.Data.Train.Count;
        _scope = NewDisposeScope();
        try
        {
            _network = new Network(task.CreateModel(device));
            _network.Load(weights, task.ModelName, place);
            _network.Eval();
            var last = (nn.Module<Tensor, Tensor>)_network.Module.children().Last();
            last.register_forward_pre_hook((_, input) =>
            {
                // Copied at once: the network's own scope ends before it is asked for.
                using var scope = NewDisposeScope();
                _seen = MemoryMarshal.Cast<byte, float>(input.to(ScalarType.Float32).cpu().contiguous().bytes).ToArray();
                return input;
            });
            _samples = test ? task.OpenTest(device, MemoryLayout.Contiguous) : task.OpenTrain(device, MemoryLayout.Contiguous);
            _reader = _samples.Read(Enumerable.Range(0, Count).ToArray(), draws: null);
            Dimensions = (int)last.parameters().First(static parameter => parameter.dim() == 2).shape[1];
        }
        catch
        {
            _scope.Dispose();
            throw;
        }
    }

    /// <summary>How many samples there are.</summary>
    public int Count { get; }

    /// <summary>How many numbers a sample has.</summary>
    public int Dimensions { get; }

    /// <summary>Computes the next samples.</summary>
    /// <param name="destination">Is filled, with as many samples as it holds.</param>
    /// <exception cref="DataException">Samples can't be read.</exception>
    public void Next(Span<float> destination)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        var batch = _reader.Take(_next, destination.Length / Dimensions);
        _network.Forward(batch[Batch.Input]);
        _seen.CopyTo(destination);
        _next += destination.Length / Dimensions;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader.Dispose();
        _samples.Dispose();
        _network.Dispose();
        _scope.Dispose();
    }
}
