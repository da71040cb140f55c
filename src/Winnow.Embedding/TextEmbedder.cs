using Microsoft.ML.OnnxRuntime;
using Onnx;
using Winnow.Data;

namespace Winnow.Embedding;

/// <summary>A network that makes a vector of a text.</summary>
public sealed class TextEmbedder : Embedder
{
    private readonly string[] _names;
    private readonly OnnxPort[] _ports;
    private readonly TextManifest _manifest;
    private readonly WordPieces _words;
    private readonly int? _fixedTokens;

    private TextEmbedder(OnnxModel model, ModelSession session, TextManifest manifest, WordPieces words, OnnxPort[] ports, int threads)
        : base(model, session, manifest, threads)
    {
        (_manifest, _words, _ports, _names) = (manifest, words, ports, [.. ports.Select(static port => port.Name)]);
        _fixedTokens = ports[0].Shape is [_, { } tokens] ? (int)tokens : null;
    }

    /// <summary>How many tokens are taken of a text at most, [CLS] and [SEP] among them.</summary>
    public int MaxTokens => Math.Min(_manifest.MaxTokens, _fixedTokens ?? int.MaxValue);

    /// <summary>The tokens of a text as the network gets them: [CLS] first and [SEP] last, at most <see cref="MaxTokens"/>.</summary>
    /// <param name="text">Any text, the empty one included.</param>
    public long[] Tokens(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return _words.Encode(text, MaxTokens);
    }

    /// <summary>Embeds texts, all of them in one batch. A batch takes as much memory as its longest text asks for.</summary>
    /// <param name="tokens">The tokens of each, from <see cref="Tokens"/>; at least one text.</param>
    /// <param name="destination">Takes <see cref="Embedder.Dimensions"/> numbers a text. They are as the network gives them, NaN included.</param>
    /// <exception cref="ArgumentException">The lengths don't go together.</exception>
    /// <exception cref="DataException">The network fails.</exception>
    public void Embed(IReadOnlyList<long[]> tokens, Span<float> destination)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        if (destination.Length != tokens.Count * Dimensions || tokens.Count == 0)
        {
            throw new ArgumentException($"{tokens.Count} texts don't go with {destination.Length} numbers of {Dimensions} a text.", nameof(destination));
        }

        var together = TakesBatches ? tokens.Count : 1;
        for (var start = 0; start < tokens.Count; start += together)
        {
            using var batch = Batch([.. tokens.Skip(start).Take(together)]);
            Run(_names, batch.Inputs, together, batch.Mask, destination.Slice(start * Dimensions, together * Dimensions));
        }
    }

    internal static TextEmbedder Open(OnnxModel model, TextManifest manifest, WordPieces words, int threads)
    {
        string[] names = [.. new[] { manifest.InputIds, manifest.AttentionMask, manifest.TokenTypeIds }.OfType<string>()];
        model.CheckInputs(names);
        OnnxPort[] ports = [.. names.Select(name => model.Inputs.First(port => port.Name == name))];
        if (ports.FirstOrDefault(static port => port.Type is not (TensorProto.Types.DataType.Int64 or TensorProto.Types.DataType.Int32) || port.Shape is { Count: not 2 }) is { } wrong)
        {
            throw new DataException($"{model.Name}: takes {wrong}; a network of texts takes whole numbers (int64 or int32), [rows, tokens].");
        }

        if (ports[0].Shape is [{ } rows, _] && rows != 1)
        {
            throw new DataException($"{model.Name}: takes exactly {rows} rows at once ({ports[0]}); export it with a first extent that is free, e.g. dynamic_axes in torch.onnx.export.");
        }

        var session = ModelSession.Open(model, model.File, model.Output(manifest.Output), threads);
        try
        {
            // Inside a network of texts extents are computed all over, so that one row stays one row.
            var embedder = new TextEmbedder(model, session, manifest, words, ports, threads) { TakesBatches = ports[0].Shape?[0] is null };
            using var batch = embedder.Batch([embedder.Tokens("")]);
            embedder.Learn(embedder.Probe(embedder._names, batch.Inputs));
            return embedder;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private TokenBatch Batch(long[][] tokens)
    {
        var length = _fixedTokens ?? tokens.Max(static text => text.Length);
        var (ids, mask) = (new long[tokens.Length * length], new long[tokens.Length * length]);
        Array.Fill(ids, _words.Padding);
        for (var row = 0; row < tokens.Length; row++)
        {
            tokens[row].CopyTo(ids, row * length);
            mask.AsSpan(row * length, tokens[row].Length).Fill(1);
        }

        return new([.. _ports.Select(port => Input(port, port.Name == _manifest.InputIds ? ids : port.Name == _manifest.AttentionMask ? mask : new long[ids.Length], tokens.Length, length))], mask);
    }

    private static OrtValue Input(OnnxPort port, long[] values, long rows, long length) => port.Type == TensorProto.Types.DataType.Int64
        ? OrtValue.CreateTensorValueFromMemory(values, [rows, length])
        : OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(values, static value => (int)value), [rows, length]);

    // The inputs of a batch, and which tokens of it are no padding.
    private sealed record TokenBatch(OrtValue[] Inputs, long[] Mask) : IDisposable
    {
        public void Dispose() => Array.ForEach(Inputs, static input => input.Dispose());
    }
}
