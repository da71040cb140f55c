using System.Globalization;
using Winnow.Records;
using Winnow.Torch;
using static TorchSharp.torch;

namespace Winnow.Training.Tasks;

/// <summary>The items of a TorchSharp data set as batches, asked for one by one on the run's thread.</summary>
internal sealed class DatasetReader(DatasetTask task, utils.data.Dataset items, Device device, MemoryLayout layout) : ISampleReader
{
    public IBatchReader Read(ReadOnlyMemory<int> ids, SampleDraws? draws) => new Pass(this, ids);

    public void Dispose()
    {
    }

    private Batch Stack(ReadOnlySpan<int> ids)
    {
        using var scope = NewDisposeScope();
        var (inputs, targets) = (new Tensor[ids.Length], new Tensor[ids.Length]);
        for (var k = 0; k < ids.Length; k++)
        {
            if (ids[k] >= items.Count)
            {
                throw new TrainingFailedException(string.Create(CultureInfo.InvariantCulture,
                    $"{task.DataName} has {items.Count} items and had more than {ids[k]} when the run began; a data set mustn't shrink while it is read."));
            }

            var item = items.GetTensor(ids[k]);
            (inputs[k], targets[k]) = (Part(item, task.InputName, ids[k]), Part(item, task.TargetName, ids[k]));
        }

        var input = Stack(inputs, ids, task.InputName).to(device);
        input = layout == MemoryLayout.ChannelsLast ? input.ToChannelsLast() : input;
        return new Batch(input, Stack(targets, ids, task.TargetName).to(device)).MoveToOuterDisposeScope();
    }

    private Tensor Part(Dictionary<string, Tensor> item, string name, int id) => item.TryGetValue(name, out var part) ? part
        : throw new TrainingFailedException(string.Create(CultureInfo.InvariantCulture,
            $"item {id} of {task.DataName} has no \"{name}\"; it has {string.Join(", ", item.Keys)}. Say what its parts are called by {nameof(DatasetTask.InputName)} and {nameof(DatasetTask.TargetName)}."));

    private Tensor Stack(Tensor[] parts, ReadOnlySpan<int> ids, string name)
    {
        if (Array.FindIndex(parts, part => !part.shape.AsSpan().SequenceEqual(parts[0].shape) || part.dtype != parts[0].dtype) is >= 0 and var other)
        {
            throw new TrainingFailedException(string.Create(CultureInfo.InvariantCulture,
                $"\"{name}\" of item {ids[other]} of {task.DataName} is {Describe(parts[other])}, and of item {ids[0]} {Describe(parts[0])}; items of a batch have to be alike."));
        }

        return stack(parts);
    }

    private static string Describe(Tensor part) => $"{part.dtype} [{string.Join(", ", part.shape)}]";

    private sealed class Pass(DatasetReader reader, ReadOnlyMemory<int> ids) : IBatchReader
    {
        public Batch Take(int start, int count) => reader.Stack(ids.Span.Slice(start, count));

        public void Dispose()
        {
        }
    }
}
