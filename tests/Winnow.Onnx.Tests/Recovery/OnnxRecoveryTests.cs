using MathNet.Numerics.LinearAlgebra;
using Winnow.Networks.Shrinking;
using Winnow.Onnx.Graphs;
using Winnow.Onnx.Recovery;
using Winnow.Onnx.Shrinking;
using Winnow.Onnx.Tests.Support;

namespace Winnow.Onnx.Tests.Recovery;

/// <summary>Mending without training, against another implementation of least squares and against the definitions.</summary>
public class OnnxRecoveryTests
{
    private const double Damping = 0.01;

    /// <summary>Two convolutions of which the second loses inputs: what it is given is the whole network's, so that the update is that of optimal brain surgeon.</summary>
    [Fact]
    public void Weights_are_those_of_least_squares_on_the_columns_that_stay()
    {
        var g = new GraphBuilder();
        g.Conv("y", g.Add("Relu", "r", g.Conv("c1", g.Input("x", 0, 3, 6, 6), 3, 6)), 6, 2);
        var network = g.Output("y", 0, 2, 6, 6).Network;
        var trace = OnnxTrace.Of(network);
        var samples = OnnxSamples.Random(network, 20, 5);
        var shrunk = OnnxShrinker.Shrink(trace, [trace.Groups[0].Units[1], trace.Groups[0].Units[4]]);
        var mended = OnnxRecovery.Recover(trace, shrunk, samples, new() { BatchSize = 7 });

        // Rows: 3 x 3 places of each channel around each pixel, by hand.
        var rows = samples.Batches(20).SelectMany(batch => Patches(GraphView.RunAll(network.Model, batch)["r"])).ToArray();
        var x = Matrix<double>.Build.DenseOfRowArrays(rows);
        var whole = Matrix<double>.Build.Dense(54, 2, (column, output) => Floats(network, "y.weight")[(output * 54) + column]);
        int[] kept = [.. Enumerable.Range(0, 54).Where(static column => column / 9 is not (1 or 4))];
        var (given, target, plain) = (Centred(Columns(x, kept)), Centred(x * whole), Rows(whole, kept));
        var lambda = Damping * (given.TransposeThisAndMultiply(given).Diagonal().Sum() / kept.Length);
        var wanted = given.Stack(Matrix<double>.Build.DenseIdentity(kept.Length) * Math.Sqrt(lambda)).QR().Solve(target.Stack(plain * Math.Sqrt(lambda)));

        // By the formula of optimal brain surgeon: what is removed, seen through what stays.
        var moments = Centred(x).TransposeThisAndMultiply(Centred(x));
        int[] removed = [.. Enumerable.Range(0, 54).Except(kept)];
        var damped = Columns(Rows(moments, kept), kept) + (Matrix<double>.Build.DenseIdentity(kept.Length) * lambda);
        var surgeon = plain + damped.Solve(Columns(Rows(moments, kept), removed) * Rows(whole, removed));
        Assert.InRange((wanted - surgeon).InfinityNorm(), 0, 1e-9);

        var found = Floats(mended, "y.weight");
        for (var output = 0; output < 2; output++)
        {
            for (var column = 0; column < kept.Length; column++)
            {
                Assert.Equal(wanted[column, output], found[(output * kept.Length) + column], 2e-4);
            }
        }

        Assert.True((target - (given * wanted)).FrobeniusNorm() < (target - (given * plain)).FrobeniusNorm());
    }

    [Theory]
    [InlineData("vgg", Compensation.Bias)]
    [InlineData("vgg", Compensation.Weights)]
    [InlineData("resnet", Compensation.Bias)]
    [InlineData("resnet", Compensation.Weights)]
    [InlineData("u-net", Compensation.Weights)]
    [InlineData("attention", Compensation.Bias)]
    [InlineData("fused attention", Compensation.Weights)]
    [InlineData("gate", Compensation.Weights)]
    public void Mean_outputs_are_those_of_the_whole_network(string name, Compensation compensation)
    {
        var network = Zoo.Create(name);
        var trace = OnnxTrace.Of(network);
        var samples = OnnxSamples.Random(network, 30, 5);
        var shrunk = OnnxShrinker.Shrink(trace, ChannelBudget.Macs(trace, UnitScores.Random(trace, 3), 0.6));
        var (whole, cut) = (Outputs(network, samples), Outputs(shrunk.Network, samples));
        var mended = Outputs(OnnxRecovery.Recover(trace, shrunk, samples, new() { Compensation = compensation }), samples);
        Assert.All(Means(whole).Zip(Means(mended)), static pair => Assert.Equal(pair.First, pair.Second, 2e-4));
        Assert.Contains(Means(whole).Zip(Means(cut)), static pair => Math.Abs(pair.First - pair.Second) > 1e-3);
        Assert.True(Error(whole, mended) < Error(whole, cut));

        double[] Means(IReadOnlyList<OnnxValue> outputs)
        {
            // Of each channel, which is the last axis of sequences and of rows, and the second of pictures.
            var sums = new double[outputs[0].Shape[outputs[0].Shape.Length == 4 ? 1 : ^1]];
            foreach (var output in outputs)
            {
                var inner = output.Shape.Length == 4 ? output.Shape[2] * output.Shape[3] : 1;
                for (var k = 0; k < output.Floats!.Length; k++)
                {
                    sums[k / inner % sums.Length] += output.Floats[k] / (double)(outputs.Sum(static value => value.Floats!.Length) / sums.Length);
                }
            }

            return sums;
        }
    }

    [Fact]
    public void Norms_get_the_statistics_of_what_they_are_given()
    {
        var network = Zoo.Create("resnet");
        var trace = OnnxTrace.Of(network);
        var samples = OnnxSamples.Random(network, 30, 5);
        var shrunk = OnnxShrinker.Shrink(trace, ChannelBudget.Macs(trace, UnitScores.Random(trace, 3), 0.6));
        foreach (var compensation in Enum.GetValues<Compensation>())
        {
            var mended = OnnxRecovery.Recover(trace, shrunk, samples, new() { Compensation = compensation, RecalibrateNorms = true });
            var values = GraphView.RunAll(mended.Model, samples.Batch(0, 30));
            foreach (var norm in mended.Model.Graph.Node.Where(static node => node.OpType == "BatchNormalization"))
            {
                var input = values[norm.Input[0]];
                for (var channel = 0; channel < input.Shape[1]; channel++)
                {
                    var own = Enumerable.Range(0, input.Floats!.Length).Where(k => k / 36 % input.Shape[1] == channel).Select(k => (double)input.Floats[k]).ToArray();
                    var mean = own.Average();
                    Assert.Equal(mean, Floats(mended, norm.Input[3])[channel], 1e-4);
                    Assert.Equal(own.Average(value => (value - mean) * (value - mean)), Floats(mended, norm.Input[4])[channel], 1e-3);
                }
            }
        }
    }

    [Fact]
    public void Where_nothing_was_cut_nothing_changes()
    {
        foreach (var name in Zoo.Names)
        {
            var network = Zoo.Create(name);
            var trace = OnnxTrace.Of(network);
            var shrunk = OnnxShrinker.Shrink(trace, []);
            Assert.Equal(shrunk.Network.Model, OnnxRecovery.Recover(trace, shrunk, OnnxSamples.Random(network, 4, 5), new() { RecalibrateNorms = true }).Model);
        }
    }

    [Fact]
    public void The_same_samples_give_the_same_network()
    {
        var network = Zoo.Vgg();
        var trace = OnnxTrace.Of(network);
        var shrunk = OnnxShrinker.Shrink(trace, ChannelBudget.Macs(trace, UnitScores.Magnitude(trace), 0.5));
        var samples = OnnxSamples.Random(network, 20, 5);
        Assert.Equal(OnnxRecovery.Recover(trace, shrunk, samples).Model, OnnxRecovery.Recover(trace, shrunk, samples).Model);
    }

    /// <summary>Without a column, and with all others fitted again, the damped squares grow by what the score says.</summary>
    [Fact]
    public void A_score_is_what_least_squares_lose_without_the_unit()
    {
        var g = new GraphBuilder();
        g.Gemm("y", g.Add("Relu", "r", g.Gemm("f", g.Input("x", 0, 4), 4, 7)), 7, 3);
        var network = g.Output("y", 0, 3).Network;
        var trace = OnnxTrace.Of(network);
        var samples = OnnxSamples.Random(network, 50, 5);
        var x = Matrix<double>.Build.DenseOfRowArrays(samples.Batches(50).SelectMany(batch => GraphView.RunAll(network.Model, batch)["r"].Floats!.Chunk(7)).Select(static row => Array.ConvertAll(row, static value => (double)value)));
        var weight = Matrix<double>.Build.Dense(7, 3, (column, output) => Floats(network, "y.weight")[(output * 7) + column]);
        var lambda = Damping * x.TransposeThisAndMultiply(x).Diagonal().Average();
        var losses = Enumerable.Range(0, 7).Select(gone =>
        {
            int[] kept = [.. Enumerable.Range(0, 7).Where(column => column != gone)];
            var (left, plain) = (Columns(x, kept), Rows(weight, kept));
            var solved = left.Stack(Matrix<double>.Build.DenseIdentity(6) * Math.Sqrt(lambda)).QR().Solve((x * weight).Stack(plain * Math.Sqrt(lambda)));
            return Square((x * weight) - (left * solved)) + (lambda * (Square(solved - plain) + Square(Rows(weight, [gone]))));
        }).ToArray();
        var scores = OnnxScores.Obs(trace, samples);
        Assert.All(losses.Zip(scores[0]), pair => Assert.Equal(pair.First / losses.Average(), pair.Second, 1e-4));

        static double Square(Matrix<double> matrix) => matrix.FrobeniusNorm() * matrix.FrobeniusNorm();
    }

    [Fact]
    public void Scores_are_there_for_every_group()
    {
        foreach (var name in Zoo.Names)
        {
            var network = Zoo.Create(name);
            var trace = OnnxTrace.Of(network);
            var scores = OnnxScores.Obs(trace, OnnxSamples.Random(network, 16, 5));
            Assert.Equal(trace.Groups.Select(static group => group.Units.Count), scores.Select(static group => group.Count));
            Assert.All(scores, static group => Assert.Equal(1, group.Average(), 1e-6));
        }
    }

    private static IReadOnlyList<OnnxValue> Outputs(OnnxNetwork network, OnnxSamples samples)
    {
        using var session = OnnxSession.Open(network.Model);
        return [.. samples.Batches(30).Select(batch => session.Run(batch)["y"])];
    }

    private static double Error(IReadOnlyList<OnnxValue> one, IReadOnlyList<OnnxValue> other) =>
        one.Zip(other).Sum(static pair => pair.First.Floats!.Zip(pair.Second.Floats!).Sum(static values => Math.Pow(values.First - (double)values.Second, 2)));

    private static float[] Floats(OnnxNetwork network, string name) => TensorBytes.Floats(network.Model.Graph.Initializer.First(tensor => tensor.Name == name))!;

    private static Matrix<double> Centred(Matrix<double> rows) => rows - (Matrix<double>.Build.Dense(rows.RowCount, 1, 1) * (rows.ColumnSums() / rows.RowCount).ToRowMatrix());

    private static Matrix<double> Columns(Matrix<double> from, int[] columns) => Matrix<double>.Build.DenseOfColumnVectors(columns.Select(from.Column));

    private static Matrix<double> Rows(Matrix<double> from, int[] rows) => Matrix<double>.Build.DenseOfRowVectors(rows.Select(from.Row));

    private static IEnumerable<double[]> Patches(OnnxValue value)
    {
        var (values, channels) = (value.Floats!, (int)value.Shape[1]);
        for (var place = 0; place < value.Shape[0] * 36; place++)
        {
            var (sample, row, column) = (place / 36, place / 6 % 6, place % 6);
            yield return [.. Enumerable.Range(0, channels * 9).Select(k =>
            {
                var (y, x) = (row + (k / 3 % 3) - 1, column + (k % 3) - 1);
                return y is < 0 or > 5 || x is < 0 or > 5 ? 0.0 : values[(((sample * channels) + (k / 9)) * 36) + (y * 6) + x];
            })];
        }
    }
}
