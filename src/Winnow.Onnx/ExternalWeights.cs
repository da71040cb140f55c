using Google.Protobuf;
using Onnx;
using Winnow.Catalog;
using Winnow.Data;

namespace Winnow.Onnx;

/// <summary>Weights that a model's file keeps in other files beside it, as PyTorch's exporter does.</summary>
internal static class ExternalWeights
{
    /// <summary>Reads them into the model.</summary>
    /// <param name="model">As it was read; changed.</param>
    /// <param name="path">The model's file.</param>
    /// <exception cref="DataException">One isn't there, is too short, or lies outside of the model's folder.</exception>
    public static void Read(ModelProto model, string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        foreach (var tensor in model.Graph.Initializer.Where(static tensor => tensor.DataLocation == TensorProto.Types.DataLocation.External))
        {
            var facts = tensor.ExternalData.ToDictionary(static entry => entry.Key, static entry => entry.Value, StringComparer.Ordinal);
            var name = facts.GetValueOrDefault("location", "");

            // A file may name any other on the machine; only those beside it are meant.
            if (name.Length == 0 || Path.GetFileName(name) != name)
            {
                throw new DataException($"{path}: the weights \"{tensor.Name}\" are in \"{name}\", which isn't a file of its folder; save the model in one file, or with its weights beside it.");
            }

            var file = Path.Combine(folder, name);
            try
            {
                using var stream = File.OpenRead(file);
                var offset = Number("offset", 0);
                var length = Number("length", stream.Length - offset);
                if (offset < 0 || length < 0 || length > int.MaxValue || offset > stream.Length - length)
                {
                    throw new DataException(FormattableString.Invariant($"{file}: has {stream.Length} bytes, and {path} reads {length} from byte {offset} for \"{tensor.Name}\"; copy the whole file, or export the model again."));
                }

                stream.Position = offset;
                var bytes = new byte[length];
                stream.ReadExactly(bytes);
                tensor.RawData = UnsafeByteOperations.UnsafeWrap(bytes);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw new DataException($"{file}: can't be read: {error.Message.TrimEnd('.')}. It holds weights of {path}; copy it beside that.", error);
            }

            tensor.DataLocation = TensorProto.Types.DataLocation.Default;
            tensor.ExternalData.Clear();

            long Number(string key, long otherwise) => !facts.TryGetValue(key, out var text) ? otherwise
                : NumberText.Read(text, new NumberRange<long>(0, long.MaxValue), out var value) is { } rule ? throw new DataException($"{path}: {key} of the weights \"{tensor.Name}\" is \"{text}\", which {rule}; export the model again.")
                : value;
        }
    }
}
