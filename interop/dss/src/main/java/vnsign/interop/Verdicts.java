package vnsign.interop;

import eu.europa.esig.dss.diagnostic.SignatureWrapper;
import eu.europa.esig.dss.diagnostic.TimestampWrapper;
import eu.europa.esig.dss.diagnostic.jaxb.XmlDigestMatcher;
import eu.europa.esig.dss.enumerations.DigestMatcherType;
import eu.europa.esig.dss.jaxb.object.Message;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.x509.CertificateToken;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.client.http.MemoryDataLoader;
import eu.europa.esig.dss.spi.policy.SignaturePolicyProvider;
import eu.europa.esig.dss.spi.validation.CertificateVerifier;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonCertificateSource;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.spi.x509.revocation.crl.ExternalResourcesCRLSource;
import eu.europa.esig.dss.spi.x509.revocation.ocsp.ExternalResourcesOCSPSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.validation.reports.Reports;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Judges files with EU DSS under its own default policy, offline.
 *
 * Reads jobs from standard input, one a line, fields parted by tabs: file, validation time (ISO 8601, or "-"), folder of trust
 * anchors ("-" for none), folder of evidence ("-" for none: *.crt certificates, *.crl CRLs, *.ocsp answers), detached files.
 * Writes one JSON object a job to standard output, in order. With the property vnsign.etsi each holds the validation report of
 * ETSI TS 119 102-2, too.
 */
public final class Verdicts {
    private static final long SECONDS_PER_FILE = 60;
    private static final boolean ETSI = Boolean.getBoolean("vnsign.etsi");

    private Verdicts() {
    }

    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        System.setOut(System.err); // whatever a library prints is no answer
        ExecutorService worker = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(null, task, "judge", 64L << 20);
            thread.setDaemon(true);
            return thread;
        });
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] fields = line.split("\t", -1);
            out.println(answer(worker, fields));
        }
        System.exit(0); // a judge that ran out of time may still be busy
    }

    private static String answer(ExecutorService worker, String[] fields) {
        Future<String> job = worker.submit(() -> judge(fields));
        String error;
        try {
            return job.get(SECONDS_PER_FILE, TimeUnit.SECONDS);
        } catch (TimeoutException late) {
            job.cancel(true);
            error = "no answer within " + SECONDS_PER_FILE + " s";
        } catch (ExecutionException | InterruptedException failure) {
            Throwable cause = failure.getCause() == null ? failure : failure.getCause();
            error = cause.getClass().getSimpleName() + ": " + cause.getMessage();
        }
        return "{\"signatures\":[],\"error\":" + text(error) + "}";
    }

    private static String judge(String[] fields) throws IOException {
        SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(new FileDocument(new File(fields[0])));
        if (!"-".equals(fields[1])) {
            validator.setValidationTime(Date.from(Instant.parse(fields[1])));
        }
        validator.setCertificateVerifier(verifier(fields[2], fields[3]));
        SignaturePolicyProvider policies = new SignaturePolicyProvider();
        policies.setDataLoader(new MemoryDataLoader(Map.of())); // the default one would ask the network
        validator.setSignaturePolicyProvider(policies);
        List<DSSDocument> detached = new ArrayList<>();
        for (String name : Arrays.asList(fields).subList(4, fields.length)) {
            detached.add(new FileDocument(new File(name)));
        }
        if (!detached.isEmpty()) {
            validator.setDetachedContents(detached);
        }
        validator.setEnableEtsiValidationReport(ETSI);
        return written(validator.validateDocument());
    }

    private static CertificateVerifier verifier(String anchors, String evidence) {
        CommonCertificateVerifier verifier = new CommonCertificateVerifier(true);
        verifier.setAIASource(null);
        CommonTrustedCertificateSource trusted = new CommonTrustedCertificateSource();
        for (File file : files(anchors, ".crt")) {
            trusted.addCertificate(certificate(file));
        }
        verifier.setTrustedCertSources(trusted);
        CommonCertificateSource others = new CommonCertificateSource();
        for (File file : files(evidence, ".crt")) {
            others.addCertificate(certificate(file));
        }
        verifier.setAdjunctCertSources(others);
        verifier.setCrlSource(new ExternalResourcesCRLSource(documents(evidence, ".crl")));
        verifier.setOcspSource(new ExternalResourcesOCSPSource(documents(evidence, ".ocsp")));
        return verifier;
    }

    private static CertificateToken certificate(File file) {
        return DSSUtils.loadCertificate(file);
    }

    private static List<File> files(String folder, String suffix) {
        File[] found = "-".equals(folder) ? new File[0] : new File(folder).listFiles((where, name) -> name.endsWith(suffix));
        List<File> sorted = new ArrayList<>(Arrays.asList(found == null ? new File[0] : found));
        sorted.sort(null);
        return sorted;
    }

    private static DSSDocument[] documents(String folder, String suffix) {
        return files(folder, suffix).stream().map(FileDocument::new).toArray(DSSDocument[]::new);
    }

    private static String written(Reports reports) {
        SimpleReport simple = reports.getSimpleReport();
        List<String> rows = new ArrayList<>();
        for (SignatureWrapper signature : reports.getDiagnosticData().getSignatures()) {
            rows.add(row(signature, simple));
        }
        int stamps = reports.getDiagnosticData().getTimestampList().size();
        String etsi = ETSI ? ",\"etsi\":" + text(reports.getXmlValidationReport()) : "";
        return "{\"signatures\":[" + String.join(",", rows) + "],\"timestamps\":" + stamps + etsi + ",\"error\":null}";
    }

    private static String row(SignatureWrapper signature, SimpleReport simple) {
        String id = signature.getId();
        boolean found = true;
        boolean matches = true;
        for (XmlDigestMatcher digest : signature.getDigestMatchers()) {
            if (digest.getType() == DigestMatcherType.MANIFEST_ENTRY) {
                continue; // not part of core validation (XMLDSig, 5.1)
            }
            found &= digest.isDataFound();
            matches &= digest.isDataIntact() || !digest.isDataFound();
        }
        List<String> stamps = new ArrayList<>();
        for (TimestampWrapper stamp : signature.getTimestampList()) {
            boolean intact = stamp.isMessageImprintDataFound() && stamp.isMessageImprintDataIntact();
            stamps.add("{\"type\":" + text(stamp.getType().name()) + ",\"intact\":" + intact
                + ",\"time\":" + text(stamp.getProductionTime().toInstant().toString()) + "}");
        }
        Date best = simple.getBestSignatureTime(id);
        List<String> errors = new ArrayList<>();
        for (Message message : simple.getAdESValidationErrors(id)) {
            errors.add(text(message.getKey()));
        }
        return "{\"id\":" + text(id)
            + ",\"level\":" + text(String.valueOf(signature.getSignatureFormat()))
            + ",\"counter_signature\":" + signature.isCounterSignature()
            + ",\"indication\":" + text(String.valueOf(simple.getIndication(id)))
            + ",\"sub_indication\":" + (simple.getSubIndication(id) == null ? "null" : text(simple.getSubIndication(id).name()))
            + ",\"sig_intact\":" + signature.isSignatureIntact()
            + ",\"sig_valid\":" + signature.isSignatureValid()
            + ",\"data_found\":" + found
            + ",\"data_intact\":" + matches

            + ",\"best_signature_time\":" + (best == null ? "null" : text(best.toInstant().toString()))
            + ",\"timestamps\":[" + String.join(",", stamps) + "]"
            + ",\"errors\":[" + String.join(",", errors) + "]}";
    }

    private static String text(String value) {
        StringBuilder written = new StringBuilder("\"");
        for (char letter : String.valueOf(value).toCharArray()) {
            if (letter == '"' || letter == '\\') {
                written.append('\\').append(letter);
            } else if (letter < ' ' || Character.isSurrogate(letter)) {
                written.append(String.format("\\u%04x", (int) letter));
            } else {
                written.append(letter);
            }
        }
        return written.append('"').toString();
    }
}
