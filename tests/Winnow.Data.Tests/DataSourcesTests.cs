using Winnow.Data.Formats;

namespace Winnow.Data.Tests;

public sealed class DataSourcesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private DataOptions Here => new() { Folder = _folder.Path };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_folder_of_IDX_files_is_recognised(bool gzip)
    {
        Fixtures.WriteIdxFolder(_folder["set"], gzip: gzip);
        var data = DataSources.Open(_folder["set"]);
        Assert.Equal("set: 6 training and 3 test images of 1 x 2 x 2 (bytes), 3 classes", data.Description);
        Assert.Equal([0, 1, 2, 0, 1, 2], data.Train.Labels.ToArray());
        Assert.Equal([8, 9, 10, 11], data.Test.Slice(2, 1).Bytes.ToArray());
        Assert.Null(data.Note);
    }

    [Fact]
    public void A_name_is_looked_up_in_the_given_folder_first()
    {
        Fixtures.WriteIdxFolder(_folder["fashion-mnist"]);
        Assert.Equal(6, DataSources.Open("fashion-mnist", Here).Train.Count);
        Assert.Equal("fashion-mnist", DataSources.Open("fashion-mnist", Here).Train.Name);
    }

    [Fact]
    public void CIFAR_folders_are_recognised_under_their_unpacked_names()
    {
        for (var i = 1; i <= 5; i++)
        {
            _folder.Write($"cifar10/cifar-10-batches-bin/data_batch_{i}.bin", [.. Fixtures.CifarRecord((byte)i, (byte)i), .. Fixtures.CifarRecord(0, 9)]);
        }

        _folder.Write("cifar10/cifar-10-batches-bin/test_batch.bin", Fixtures.CifarRecord(9, 1));
        _folder.Write("cifar-100-binary/train.bin", Fixtures.CifarRecord(99, 1, 3));
        _folder.Write("cifar-100-binary/test.bin", Fixtures.CifarRecord(5, 1, 3));
        LoadedData ten = DataSources.Open("cifar10", Here), hundred = DataSources.Open("cifar100", Here);
        Assert.Equal([1, 0, 2, 0, 3, 0, 4, 0, 5, 0], ten.Train.Labels.ToArray());
        Assert.Equal((10, 10, "truck"), (ten.Train.Classes, ten.Test.Classes, ten.Test.ClassNames![9]));
        Assert.Equal((100, 99), (hundred.Test.Classes, hundred.Train.Labels[0]));
        Assert.Null(hundred.Train.ClassNames);
        Assert.Equal([3, 32, 32], hundred.Train.Shape.ToArray());
    }

    private void WriteNpy(string name, NpyArray array) => Npy.Write(_folder[name], array);

    [Fact]
    public void Channels_last_become_channels_first()
    {
        WriteNpy("x.npy", NpyArray.Create<byte>([.. Enumerable.Range(0, 2 * 2 * 5 * 3).Select(i => (byte)i)], 2, 2, 5, 3));
        WriteNpy("y.npy", NpyArray.Create<int>([0, 1]));
        WriteNpy("x_test.npy", NpyArray.Create<byte>(new byte[30], 1, 3, 2, 5));
        WriteNpy("y_test.npy", NpyArray.Create<byte>([1], 1, 1));
        var data = DataSources.Open(_folder.Path);
        Assert.Equal([3, 2, 5], data.Train.Shape.ToArray());
        for (var n = 0; n < 2; n++)
        {
            for (var c = 0; c < 3; c++)
            {
                for (var p = 0; p < 10; p++)
                {
                    Assert.Equal((n * 30) + (p * 3) + c, data.Train.Bytes[(n * 30) + (c * 10) + p]);
                }
            }
        }
    }

    [Fact]
    public void Floats_are_read_by_the_same_rules_as_bytes()
    {
        float[] values = [.. Enumerable.Range(0, 12 * 2 * 5 * 3).Select(static i => i / 7f)];
        WriteNpy("y.npy", NpyArray.Create<int>([.. Enumerable.Range(0, 12).Select(static i => i % 2)]));
        WriteNpy("y_test.npy", NpyArray.Create<int>([0, 1]));
        foreach (var type in new[] { "f4", "f8", "f2" })
        {
            WriteNpy("x.npy", Floats(type, values, 12, 2, 5, 3));
            WriteNpy("x_test.npy", Floats(type, values[..60], 2, 2, 5, 3));
            var last = DataSources.Open(_folder.Path);
            Assert.Equal([3, 2, 5], last.Train.Shape.ToArray());
            Assert.Null(last.Note);
            for (var n = 0; n < 12; n++)
            {
                for (var c = 0; c < 3; c++)
                {
                    for (var p = 0; p < 10; p++)
                    {
                        Assert.Equal(type == "f2" ? (float)(Half)values[(n * 30) + (p * 3) + c] : values[(n * 30) + (p * 3) + c], last.Train.Floats[(n * 30) + (c * 10) + p]);
                    }
                }
            }

            Assert.Equal(last.Train.Slice(0, 2).Floats.ToArray(), last.Test.Floats.ToArray());
        }

        // Channels first, both, and maps of features, which are no colours.
        foreach ((var shape, var note) in new (int[], string?)[] { ([3, 2, 5], null), ([3, 10, 1], "was read as [N, C, H, W], channels first"), ([5, 3, 2], null), ([6, 5, 1], "") })
        {
            WriteNpy("x.npy", NpyArray.Create<float>(values, [12, .. shape]));
            WriteNpy("x_test.npy", NpyArray.Create<float>(values.AsSpan(0, 60), [2, .. shape]));
            var first = DataSources.Open(_folder.Path);
            Assert.Equal(note == "" ? [1, 6, 5] : shape, first.Train.Shape.ToArray());
            Assert.Equal(values, first.Train.Floats.ToArray());
            Assert.Equal(!string.IsNullOrEmpty(note), first.Note?.Contains(note!, StringComparison.Ordinal) ?? false);
        }

        static NpyArray Floats(string type, float[] values, params int[] shape) => type switch
        {
            "f8" => NpyArray.Create<double>([.. values.Select(static value => (double)value)], shape),
            "f2" => NpyArray.Create<Half>([.. values.Select(static value => (Half)value)], shape),
            _ => NpyArray.Create<float>(values, shape),
        };
    }

    // torchvision leaves the packed files where it has unpacked them.
    [Fact]
    public void Packed_and_unpacked_files_side_by_side_are_one_data_set_only_where_they_hold_the_same()
    {
        Fixtures.WriteIdxFolder(_folder["set"], gzip: true);
        Fixtures.WriteIdxFolder(_folder["set"]);
        Assert.Equal(6, DataSources.Open(_folder["set"]).Train.Count);

        // Put right in the unpacked file; the packed one is out of date.
        _folder.Write("set/train-labels-idx1-ubyte", Fixtures.Idx([2, 1, 0, 2, 1, 0], 6));
        Assert.Equal($"{_folder["set/train-labels-idx1-ubyte.gz"]} and {_folder["set/train-labels-idx1-ubyte"]} lie side by side and hold different samples; "
            + "which of them is meant can't be told. Remove the one that is out of date.", Assert.Throws<DataException>(() => DataSources.Open(_folder["set"])).Message);
        File.Delete(_folder["set/train-labels-idx1-ubyte.gz"]);
        Assert.Equal([2, 1, 0, 2, 1, 0], DataSources.Open(_folder["set"]).Train.Labels.ToArray());

        // The same for the two spellings, and for images.
        _folder.Write("set/t10k-images.idx3-ubyte", Fixtures.Idx(new byte[12], 3, 2, 2));
        var message = Assert.Throws<DataException>(() => DataSources.Open(_folder["set"])).Message;
        Assert.Contains("t10k-images-idx3-ubyte", message, StringComparison.Ordinal);
        Assert.Contains("t10k-images.idx3-ubyte lie side by side", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("idx", "npy", "train-images-idx3-ubyte", "x.npy")]
    [InlineData("idx", "cifar10", "train-images-idx3-ubyte", "data_batch_1.bin")]
    [InlineData("cifar10", "cifar100", "data_batch_1.bin", "train.bin")]
    [InlineData("cifar100", "npy", "train.bin", "x.npy")]
    public void Two_data_sets_in_one_folder_are_refused_by_the_files_that_tell_them(string one, string other, string first, string second)
    {
        foreach (var kind in new[] { one, other })
        {
            switch (kind)
            {
                case "idx":
                    Fixtures.WriteIdxFolder(_folder["mnist"]);
                    break;
                case "npy":
                    _folder.Write("mnist/x.npy", [1]);
                    _folder.Write("mnist/y.npy", [1]);
                    break;
                case "cifar10":
                    _folder.Write("mnist/data_batch_1.bin", [1]);
                    break;
                default:
                    _folder.Write("mnist/train.bin", [1]);
                    _folder.Write("mnist/test.bin", [1]);
                    break;
            }
        }

        var expected = $"{_folder["mnist"]} holds more than one data set, by {_folder["mnist/" + first]} and {_folder["mnist/" + second]}; which of them is meant can't be told. Give each a folder of its own.";
        Assert.Equal(expected, Assert.Throws<DataException>(() => DataSources.Open(_folder["mnist"])).Message);
        Assert.Equal(expected, Assert.Throws<DataException>(() => DataSources.Open("mnist", Here)).Message);
    }

    [Fact]
    public void Where_both_readings_are_possible_channels_come_first_and_the_note_says_so()
    {
        WriteNpy("x.npy", NpyArray.Create<byte>([.. Enumerable.Range(0, 12 * 9).Select(i => (byte)i)], 12, 1, 3, 3));
        WriteNpy("y.npy", NpyArray.Create<long>(new long[12]));
        var data = DataSources.Open(_folder.Path);
        Assert.Equal([1, 3, 3], data.Train.Shape.ToArray());
        Assert.StartsWith("x.npy [12, 1, 3, 3] was read as [N, C, H, W], channels first; transpose it if channels come last. There is no x_test.npy: 2 of 12", data.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_sixth_sample_of_each_class_is_held_out_where_there_is_no_test_part()
    {
        float[] x = [.. Enumerable.Range(0, 36).Select(i => (float)i)];
        WriteNpy("x.npy", NpyArray.Create<float>(x, 36, 1));
        WriteNpy("y.npy", NpyArray.Create<short>([.. Enumerable.Range(0, 36).Select(i => (short)(i % 2))]));
        var data = DataSources.Open(_folder.Path);
        Assert.Equal([10f, 11, 22, 23, 34, 35], data.Test.Floats.ToArray());
        Assert.Equal([10, 11, 22, 23, 34, 35], Enumerable.Range(0, 6).Select(data.Test.Row));
        Assert.Equal(data.Train.Floats.ToArray(), Enumerable.Range(0, 30).Select(data.Train.Row).Select(static row => (float)row));
        Assert.Equal(30, data.Train.Count);
        Assert.Equal([1], data.Train.Shape.ToArray());
        Assert.Equal(18, DataSources.Open(_folder.Path, new() { Holdout = 0.5 }).Test.Count);
        Assert.EndsWith("features (float32), 2 classes", data.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void Wider_floats_become_float32()
    {
        WriteNpy("x.npy", NpyArray.Create<double>([.. Enumerable.Range(0, 24).Select(i => i / 2.0)], 6, 2, 2));
        WriteNpy("y.npy", NpyArray.Create<int>(new int[6]));
        Assert.Equal([10f, 10.5f, 11, 11.5f], DataSources.Open(_folder.Path).Test.Floats.ToArray());
    }

    public static TheoryData<string, string> Refusals => new()
    {
        { "lengths", "y.npy [2]; the first extents, the number of samples, must be equal." },
        { "empty", "x.npy: the shape [0, 2] holds no samples; at least one is needed." },
        { "nan", ": NaN at sample 1, value 1 of it; 1 of 4 values are NaN or infinite. Fill or drop them before, e.g. numpy.nan_to_num." },
        { "huge", "x.npy: 1E+300 at sample 1 is too large for float32; scale the feature." },
        { "negative", "y.npy: label -1 of sample 1 is outside [0, 65536)." },
        { "large", "y.npy: label 65536 of sample 0 is outside [0, 65536)." },
        { "unsigned", "y.npy: label 18446744073709551615 of sample 0 is outside [0, 65536)." },
        { "float labels", "y.npy: labels are Float32; they must be integers: y.astype('int64')." },
        { "one-hot", "y.npy: labels have the shape [2, 2]; one integer a sample, [N], is needed (numpy.argmax of one-hot rows)." },
        { "integers", "x.npy: elements are Int32; images are uint8, features floats: x.astype('float64')." },
        { "flat bytes", "x.npy: bytes of shape [2, 2]; images are [N, H, W], [N, C, H, W] or [N, H, W, C]. Reshape them, or save features as float32 [N, D]." },
        { "channels", "x.npy: bytes of shape [2, 5, 5, 5]; neither the second nor the last extent is 1, 3 or 4 channels." },
        { "vector", "x.npy: floats of shape [2]; a table is [N, D], images are [N, H, W], [N, C, H, W] or [N, H, W, C]." },
        { "few", "leaves 2 to train on and 0 to test on. Add x_test.npy and y_test.npy, or more samples." },
        { "half a test part", "y_test.npy: there is no such file." },
        { "unlike", "training samples are [2] of Float32, test samples [3] of Float32; they must be alike." },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Npy_pairs_that_make_no_data_set_are_refused(string what, string message)
    {
        WriteNpy("x.npy", what switch
        {
            "empty" => NpyArray.Create<float>([], 0, 2),
            "nan" => NpyArray.Create<float>([1, 2, 3, float.NaN], 2, 2),
            "huge" => NpyArray.Create<double>([1, 2, 1e300, 3], 2, 2),
            "integers" => NpyArray.Create<int>([1, 2, 3, 4], 2, 2),
            "flat bytes" => NpyArray.Create<byte>([1, 2, 3, 4], 2, 2),
            "channels" => NpyArray.Create<byte>(new byte[250], 2, 5, 5, 5),
            "vector" => NpyArray.Create<float>([1, 2]),
            "lengths" => NpyArray.Create<float>([1, 2, 3], 3, 1),
            _ => NpyArray.Create<float>([1, 2, 3, 4], 2, 2),
        });
        WriteNpy("y.npy", what switch
        {
            "empty" => NpyArray.Create<int>([]),
            "negative" => NpyArray.Create<int>([0, -1]),
            "large" => NpyArray.Create<int>([65536, 0]),
            "unsigned" => NpyArray.Create<ulong>([ulong.MaxValue, 0]),
            "float labels" => NpyArray.Create<float>([0, 1]),
            "one-hot" => NpyArray.Create<int>([0, 1, 1, 0], 2, 2),
            _ => NpyArray.Create<int>([0, 1]),
        });
        if (what is "half a test part" or "unlike")
        {
            WriteNpy("x_test.npy", NpyArray.Create<float>([1, 2, 3], 1, 3));
        }

        if (what == "unlike")
        {
            WriteNpy("y_test.npy", NpyArray.Create<int>([0]));
        }

        Assert.EndsWith(message, Assert.ThrowsAny<DataException>(() => DataSources.Open(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_class_that_only_the_test_part_has_counts()
    {
        WriteNpy("x.npy", NpyArray.Create<float>([1, 2], 2, 1));
        WriteNpy("y.npy", NpyArray.Create<int>([0, 1]));
        WriteNpy("x_test.npy", NpyArray.Create<float>([1, 2], 2, 1));
        WriteNpy("y_test.npy", NpyArray.Create<int>([0, 3]));
        var data = DataSources.Open(_folder.Path);
        Assert.Equal((4, 4), (data.Train.Classes, data.Test.Classes));
        Assert.Null(data.Note);
    }

    [Fact]
    public void Unknown_names_and_folders_say_what_is_known()
    {
        Assert.Equal("fashion: neither a known data set nor a folder. Known are fashion-mnist, mnist, cifar10, cifar100; a folder holds IDX, CIFAR binary or npy files, or pictures in a sub-folder a class.", Message("fashion"));
        Assert.StartsWith("CIFAR-10: neither a known data set nor a folder. Did you mean cifar10? Known are", Message("CIFAR-10"), StringComparison.Ordinal);
        Assert.StartsWith($"{_folder.Path}: holds no data set that Winnow knows. Looked for train-images-idx3-ubyte (IDX, also .gz),", Message(_folder.Path), StringComparison.Ordinal);
        _folder.Write("a.npy", [1]);
        Assert.Equal($"{_folder["a.npy"]}: is a file; give the folder that holds the data set's files.", Message(_folder["a.npy"]));
        Assert.StartsWith("holdout=1 is outside (0, 1);", Assert.Throws<DataException>(() => DataSources.Open("mnist", new() { Holdout = 1 })).Message, StringComparison.Ordinal);

        static string Message(string name) => Assert.ThrowsAny<DataException>(() => DataSources.Open(name)).Message;
    }

    [Fact]
    public void A_known_name_that_is_not_here_says_where_it_was_looked_for_and_what_to_put_there()
    {
        var message = Assert.Throws<DataException>(() => DataSources.Open("mnist", Here)).Message;
        Assert.Equal($"mnist: not found. Looked in {_folder["mnist"]}, data/mnist. Put train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, "
            + "t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz into one of these folders.", message);
        Assert.Contains("WINNOW_DATA isn't set", Assert.Throws<DataException>(() => DataSources.Open("cifar10", new() { Folder = null })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Incomplete_and_foreign_sets_name_the_file()
    {
        Fixtures.WriteIdxFolder(_folder["set"]);
        File.Delete(_folder["set/t10k-labels-idx1-ubyte"]);
        Assert.Equal($"{_folder["set/t10k-labels-idx1-ubyte"]}: there is no such file, with or without .gz; the data set isn't complete.",
            Assert.Throws<DataAccessException>(() => DataSources.Open(_folder["set"])).Message);
        Fixtures.WriteIdxFolder(_folder["set"]);
        _folder.Write("set/train-labels-idx1-ubyte", Fixtures.Idx([1, 2], 2));
        Assert.EndsWith("has 2 labels; they don't belong together.", Assert.Throws<DataException>(() => DataSources.Open(_folder["set"])).Message, StringComparison.Ordinal);
        _folder.Write("cifar10/data_batch_1.bin", Fixtures.CifarRecord(1, 1));
        Assert.Equal($"{_folder["cifar10/data_batch_2.bin"]}: there is no such file.",
            Assert.Throws<DataAccessException>(() => DataSources.Open("cifar10", Here)).Message);
    }
}
