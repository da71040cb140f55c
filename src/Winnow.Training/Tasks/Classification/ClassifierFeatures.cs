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
    private readonly LastLayerInput _last;
    private int _next;

    /// <summary>Makes ready.</summary>
    /// <param name="task">What the network was trained for; a model of the catalogue.</param>
    /// <param name="weights">The trained weights, as <see cref="Models.WeightsFile.Read(Stream, string)"/> gives them.</param>
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
            _last = new LastLayerInput(task.LastLayer(_network.Module)!);
            _samples = test ? task.OpenTest(device, MemoryLayout.Contiguous) : task.OpenTrain(device, MemoryLayout.Contiguous);
            _reader = _samples.Read(Enumerable.Range(0, Count).ToArray(), draws: null);
            Dimensions = _last.Width;
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
        _last.Take().ToArray<float>().CopyTo(destination);
        _next += destination.Length / Dimensions;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _last.Dispose();
        _reader.Dispose();
        _samples.Dispose();
        _network.Dispose();
        _scope.Dispose();
    }
}
